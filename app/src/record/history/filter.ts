import { z } from 'zod';
import { RUN_STATUSES, TRIGGERS } from '../../api/run.ts';
import { SEARCHABLE, SEARCH_TEXT } from '../database/text-search.ts';

/** Fewer letters than this find nearly everything and no index helps. */
const MIN_SEARCH_LETTERS = 3;

const instant = z.number().int();

/** What a list of runs can be narrowed by. */
export const runFilter = z.object({
  job: z.string().optional(),
  status: z.array(z.enum(RUN_STATUSES)).min(1).optional(),
  trigger: z.array(z.enum(TRIGGERS)).min(1).optional(),
  /** A commit hash or the beginning of one. */
  revision: z
    .string()
    .regex(/^[\w.-]{4,128}$/)
    .optional(),
  /** Queued at or after this instant, and before the other. */
  from: instant.optional(),
  to: instant.optional(),
  /** Appears in the result, or in reason or error of a run that did not succeed; in any case. */
  text: z
    .string()
    .min(MIN_SEARCH_LETTERS, `search for at least ${MIN_SEARCH_LETTERS} letters`)
    .max(200)
    .optional(),
  /** The page after this place: what was queued before it. */
  before: z.object({ queuedAt: instant, runId: z.uuid() }).optional(),
});
export type RunFilter = z.input<typeof runFilter>;

/** Conditions and their values, for a statement that selects from `gitcron.runs`. */
export interface Condition {
  /** All but those on status and text. */
  readonly sql: string;
  /** The parameters that hold the wanted statuses; null when any will do. */
  readonly statuses: readonly string[] | null;
  /** Null when no text is searched for. */
  readonly textSql: string | null;
  readonly values: readonly unknown[];
}

export function conditionOf(filter: z.output<typeof runFilter>): Condition {
  const values: unknown[] = [];
  const parts: string[] = ['TRUE'];
  const add = (value: unknown, sql: (parameter: string) => string): void => {
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  const { job, status, trigger, revision, from, to, text, before } = filter;
  if (job !== undefined) add(job, (p) => `runs.job = ${p}`);
  if (trigger !== undefined) add(trigger, (p) => `runs.trigger = ANY (${p}::text[])`);
  if (revision !== undefined) {
    add(revision, (p) => `runs.revision >= ${p}`);
    add(`${revision}\u{10ffff}`, (p) => `runs.revision < ${p}`);
  }
  if (from !== undefined) add(new Date(from), (p) => `runs.queued_at >= ${p}`);
  if (to !== undefined) add(new Date(to), (p) => `runs.queued_at < ${p}`);
  if (before !== undefined) {
    values.push(new Date(before.queuedAt));
    const at = `$${values.length}::timestamptz`;
    add(before.runId, (p) => `(runs.queued_at, runs.run_id) < (${at}, ${p}::uuid)`);
  }
  const sql = parts.join(' AND ');
  const statuses = status && [...new Set(status)].map((one) => `$${values.push(one)}`);
  if (text === undefined) return { sql, statuses: statuses ?? null, textSql: null, values };
  values.push(`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
  const textSql = `${SEARCHABLE} AND ${SEARCH_TEXT} ILIKE $${values.length}`;
  return { sql, statuses: statuses ?? null, textSql, values };
}
