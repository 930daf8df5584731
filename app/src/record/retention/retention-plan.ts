import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';

const DAY_MS = 24 * 3_600_000;

/** What the record keeps. The last failure and the last success of each job are kept whatever their age. */
export interface RetentionLimits {
  readonly keepDays: number;
  readonly keepRunsPerJob: number;
  /** Of the output of all runs together. */
  readonly keepOutputBytes: number;
}

/** Where a run stands in the order of history. */
const place = { queuedAt: z.date(), runId: z.uuid() };
const placeRow = z.object(place);
export type Place = z.output<typeof placeRow>;
const crowdedRow = z.object({ job: z.string(), ...place });

/** Runs that go, by what is known at this moment. */
export interface DoomedRuns {
  /** Runs that ended before it go. */
  readonly cutoff: EpochMs;
  /** The last failure and the last success of each job. */
  readonly kept: readonly string[];
  /** Jobs with too many runs, and the newest run of each that has to go. */
  readonly crowded: readonly z.output<typeof crowdedRow>[];
}

export async function planRuns(
  pool: Pool,
  limits: RetentionLimits,
  now: EpochMs,
): Promise<DoomedRuns> {
  const crowded = await pool.query(
    `SELECT slug AS job, newest.queued_at AS "queuedAt", newest.run_id AS "runId"
     FROM gitcron.jobs CROSS JOIN LATERAL (
       SELECT queued_at, run_id FROM gitcron.runs WHERE job = slug
       ORDER BY queued_at DESC, run_id DESC OFFSET $1 LIMIT 1) newest`,
    [limits.keepRunsPerJob],
  );
  return {
    cutoff: now - limits.keepDays * DAY_MS,
    kept: [...(await lastFailures(pool)), ...(await lastSuccesses(pool))],
    crowded: z.array(crowdedRow).parse(crowded.rows),
  };
}

async function lastFailures(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT last.run_id AS id FROM gitcron.jobs CROSS JOIN LATERAL (
       SELECT newest.run_id FROM unnest('{failed,timed_out,lost}'::text[]) bad (status)
       CROSS JOIN LATERAL (
         SELECT run_id, queued_at FROM gitcron.runs
         WHERE job = slug AND runs.status = bad.status
         ORDER BY queued_at DESC, run_id DESC LIMIT 1) newest
       ORDER BY newest.queued_at DESC, newest.run_id DESC LIMIT 1) last
`,
  );
  return idsOf(rows);
}

/** From these it is told what has changed since a job went well; their output may go. */
async function lastSuccesses(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT last.run_id AS id FROM gitcron.jobs CROSS JOIN LATERAL (
       SELECT run_id FROM gitcron.runs WHERE job = slug AND status = 'succeeded'
       ORDER BY queued_at DESC, run_id DESC LIMIT 1) last`,
  );
  return idsOf(rows);
}

function idsOf(rows: unknown): string[] {
  return z
    .array(z.object({ id: z.uuid() }))
    .parse(rows)
    .map(({ id }) => id);
}

/**
 * That a run goes, for a statement that selects from `gitcron.runs` joined with `CROWDED`; its first
 * parameters are `doomedValues`.
 */
export const DOOMED = `finished_at IS NOT NULL AND run_id <> ALL ($2::uuid[])
  AND (finished_at < $1 OR COALESCE((queued_at, run_id) <= (crowded.at, crowded.id), false))`;
export const CROWDED = `LEFT JOIN unnest($3::text[], $4::timestamptz[], $5::uuid[])
  crowded (job, at, id) USING (job)`;

export function doomedValues({ cutoff, kept, crowded }: DoomedRuns): unknown[] {
  return [
    new Date(cutoff),
    kept,
    crowded.map(({ job }) => job),
    crowded.map(({ queuedAt }) => queuedAt),
    crowded.map(({ runId }) => runId),
  ];
}

/** The newest place at which a run may stand that goes: all that ended before the cutoff came before it. */
export function newestThatMayGo({ cutoff, crowded }: DoomedRuns): Date {
  return new Date(Math.max(cutoff, ...crowded.map(({ queuedAt }) => queuedAt.getTime())));
}

/** Output that goes: that of this run and of all before it, but for what is kept. */
export interface DoomedOutput {
  readonly newest: Place;
  readonly kept: readonly string[];
}

/**
 * What does not fit of the output that is left, the oldest first. Plan it when the runs that go are
 * gone: their output makes room.
 *
 * @param doomed - runs that would be gone; null: they are.
 * @returns null when there is room for all.
 */
export async function planOutput(
  pool: Pool,
  limits: RetentionLimits,
  doomed: DoomedRuns | null,
): Promise<DoomedOutput | null> {
  const values = doomed === null ? [] : doomedValues(doomed);
  const left =
    doomed === null ? 'gitcron.runs WHERE TRUE' : `gitcron.runs ${CROWDED} WHERE NOT (${DOOMED})`;
  const { rows } = await pool.query(
    `SELECT queued_at AS "queuedAt", run_id AS "runId" FROM (
       SELECT queued_at, run_id, sum(output_bytes) OVER (ORDER BY queued_at DESC, run_id DESC) AS total
       FROM ${left} AND output_bytes > 0) newest_first
     WHERE total > $${values.length + 1} ORDER BY queued_at DESC, run_id DESC LIMIT 1`,
    [...values, limits.keepOutputBytes],
  );
  const [newest] = z.array(placeRow).parse(rows);
  return newest === undefined ? null : { newest, kept: await lastFailures(pool) };
}
