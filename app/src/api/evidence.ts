import { z } from 'zod';
import { changedFile, commitView } from './plan.ts';
import { packageChange } from './release-diff.ts';

/** How near something is to the job, the nearest first. */
export const WEIGHTS = ['own', 'shared', 'outside', 'others', 'later'] as const;

const common = {
  weight: z
    .enum(WEIGHTS)
    .describe(
      'own: of this job alone, or named by its error. shared: what it may use. outside: where it ran. others: what other jobs or only readers use. later: it came when the job had failed with this error already',
    ),
  label: z.string().describe('in a few words'),
  sentence: z.string(),
};

const text = z.string().nullable();

/** The parts of a job's line and of the comment lines above it. */
export const LINE_PARTS = [
  'name',
  'command',
  'schedule',
  'zone',
  'setting',
  'parameter',
  'description',
] as const;

/** One thing that is not as it was when the job last succeeded. Null in `from` or `to`: none. */
export const evidence = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('commit'),
    ...common,
    commit: commitView,
    direction: z.enum(['added', 'removed']).describe('removed: the release went back behind it'),
  }),
  z.object({
    kind: z.literal('file'),
    ...common,
    ...changedFile.shape,
    namedBy: z.enum(['error', 'command']).nullable().describe('where this job names it'),
    commit: text.describe('the hash of the one commit that changed it; null: one of several'),
  }),
  z.object({
    kind: z.literal('line'),
    ...common,
    part: z.enum(LINE_PARTS),
    name: text.describe('of the setting or the declared parameter'),
    from: text,
    to: text,
    line: z
      .int()
      .nullable()
      .describe('in the crontab of the later release, counted from 1; null: not remembered'),
  }),
  z.object({ kind: z.literal('package'), ...common, ...packageChange.shape }),
  z.object({ kind: z.literal('param'), ...common, name: z.string(), from: text, to: text }),
  z.object({ kind: z.literal('host'), ...common, from: z.string(), to: z.string() }),
  z.object({
    kind: z.literal('environment'),
    ...common,
    name: text.describe('of the NAME=value in the crontab; null: Gitcron itself was started again'),
    from: text,
    to: text,
  }),
]);
export type Evidence = z.output<typeof evidence>;

/** So many items are told; all of them are in `changed`. */
export const MOST_EVIDENCE = 40;
