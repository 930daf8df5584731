import { z } from 'zod';
import { iso } from './instant.ts';

/** Why a run started. */
export const TRIGGERS = [
  'schedule',
  'manual',
  'http',
  'retry',
  'catch_up',
  'deploy',
  'boot',
  'after',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Every run ends in exactly one of them. */
export const FINAL_STATUSES = [
  'succeeded',
  'failed',
  'timed_out',
  'canceled',
  'skipped',
  'lost',
] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

export const RUN_STATUSES = ['queued', 'running', ...FINAL_STATUSES] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why some output of a run is not kept. */
export const OMISSION_REASONS = ['run_limit', 'journal_full', 'retention'] as const;

const common = {
  status: z.enum(RUN_STATUSES),
  startedAt: iso.nullable(),
  finishedAt: iso.nullable(),
  durationMs: z.int().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  reason: z.string().nullable().describe('one sentence: how it ended'),
};

const summary = {
  id: z.uuid(),
  job: z.string(),
  trigger: z.enum(TRIGGERS),
  requestedBy: z.string().nullable(),
  ...common,
  errorLine: z
    .string()
    .nullable()
    .describe('the line that says most of the error; null when it wrote nothing or succeeded'),
  resultLine: z.string().nullable().describe('the first line of the result'),
  scheduledAt: iso.nullable().describe('the slot; null when no schedule planned it'),
  queuedAt: iso,
  attempt: z.int(),
  release: z.string().nullable().describe('the commit that it ran from'),
  host: z.string(),
  output: z.object({
    bytes: z.int().describe('that are kept'),
    omittedBytes: z.int(),
    omittedWhy: z.enum(OMISSION_REASONS).nullable(),
  }),
};

export const runSummaryView = z.object(summary);
export type RunSummaryView = z.output<typeof runSummaryView>;

export const runPage = z.object({
  items: z.array(runSummaryView),
  next: z.string().nullable().describe('`before` for the next page; null when this is the last'),
  complete: z
    .boolean()
    .describe('false: the database is away or takes no writes, so older runs may be missing'),
});

export const runView = z.object({
  ...summary,
  succeeded: z.boolean().nullable().describe('null while it is not over'),
  command: z.string(),
  params: z.record(z.string(), z.unknown()).nullable().describe('what it was started with'),
  paramsMasked: z
    .boolean()
    .describe('a secret in them, or what no database keeps, is not kept: they must be given anew'),
  afterRun: z.uuid().nullable().describe('the run that it follows (@after)'),
  result: z.string().nullable().describe('what the script wrote to GITCRON_RESULT_FILE'),
  error: z
    .string()
    .nullable()
    .describe('of a run that did not succeed: the last 4 KiB of its stderr, else of its stdout'),
  subject: z.string().nullable().describe("the commit's"),
  author: z.string().nullable(),
  dependencyHash: z.string().nullable(),
  attempts: z.array(z.object({ ...common, attempt: z.int(), pid: z.int().nullable() })),
});
export type RunView = z.output<typeof runView>;

/** The runs of the same job before and after a run. */
export const runNeighbours = z.object({
  before: runSummaryView.nullable(),
  after: runSummaryView.nullable(),
  complete: runPage.shape.complete,
});
export type RunNeighbours = z.output<typeof runNeighbours>;
