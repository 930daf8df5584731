import { parseLossless } from '@gitcron/base/lossless-json';
import { z } from 'zod';
import { OUTPUT_STREAMS } from '../../api/output.ts';
import { RELEASE_STATUSES } from '../../api/revision.ts';
import { OMISSION_REASONS, RUN_STATUSES, TRIGGERS } from '../../api/run.ts';

/** How rows come from the driver: dates as `Date`, 64-bit integers as text. */
const instant = z.date().transform((date) => date.getTime());
const integer = z.coerce.number().int();

const summary = {
  runId: z.uuid(),
  job: z.string(),
  trigger: z.enum(TRIGGERS),
  requestedBy: z.string().nullable(),
  status: z.enum(RUN_STATUSES),
  scheduledAt: instant.nullable(),
  queuedAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  durationMs: integer.nullable(),
  attempt: z.number().int(),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** One sentence: how it ended. */
  reason: z.string().nullable(),
  /** The end of what it wrote, when it did not succeed. */
  error: z.string().nullable(),
  /** Of what the script wrote to `GITCRON_RESULT_FILE`. */
  resultStart: z.string().nullable(),
  revision: z.string().nullable(),
  host: z.string(),
  outputBytes: integer,
  outputOmittedBytes: integer,
  outputOmittedWhy: z.enum(OMISSION_REASONS).nullable(),
};

/** A run in a list. */
export const runSummary = z.object(summary);
export type RunSummary = z.output<typeof runSummary>;

/** Whether the record may still be told more of it: a lost run may come back with the truth. */
export function isOpen({ status, finishedAt }: Pick<RunSummary, 'status' | 'finishedAt'>): boolean {
  return finishedAt === null || status === 'lost';
}

export const attemptRow = z.object({
  attempt: z.number().int(),
  pid: z.number().int().nullable(),
  status: z.enum(RUN_STATUSES),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  durationMs: integer.nullable(),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  reason: z.string().nullable(),
});

/** A run with everything but its output. */
export const runRow = z.object({
  ...summary,
  command: z.string(),
  /** What it was started with. */
  params: z
    .string()
    .transform((text) => parseLossless(text))
    .pipe(z.record(z.string(), z.unknown()))
    .nullable(),
  /** Whether secrets were taken out of `params`; null: it is not known. */
  paramsMasked: z.boolean().nullable(),
  /** The run that it follows. */
  afterRun: z.uuid().nullable(),
  /** What the script wrote to `GITCRON_RESULT_FILE`. */
  result: z.string().nullable(),
  /** Null while it has not ended. */
  succeeded: z.boolean().nullable(),
  dependencyHash: z.string().nullable(),
  /** Of the commit; null when the run had none. */
  subject: z.string().nullable(),
  author: z.string().nullable(),
});
export type Run = z.output<typeof runRow> & {
  readonly attempts: readonly z.output<typeof attemptRow>[];
};

export const jobRow = z.object({
  slug: z.string(),
  description: z.string(),
  command: z.string(),
  schedule: z.string().nullable(),
  zone: z.string().nullable(),
  disabled: z.boolean(),
  seenAt: instant,
  /** When a crontab without it came into force; null while it is in force. */
  removedAt: instant.nullable(),
  last: runSummary.nullable(),
  lastFailure: runSummary.nullable(),
  /** Of the last 100 runs that ended, by status. */
  recent: z.record(z.string(), z.number().int()),
});
export type JobHistory = z.output<typeof jobRow>;

export const releaseRow = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  dependencyHash: z.string().nullable(),
  status: z.enum(RELEASE_STATUSES),
  noticedAt: instant,
  activatedAt: instant.nullable(),
  rejectedAt: instant.nullable(),
  rejectedCode: z.string().nullable(),
  rejectedReason: z.string().nullable(),
});

export const eventRow = z.object({
  at: instant,
  type: z.string(),
  revision: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
export type HistoryEvent = z.output<typeof eventRow>;

export const chunkRow = z.object({
  runId: z.uuid(),
  sequence: z.number().int(),
  attempt: z.number().int(),
  stream: z.enum(OUTPUT_STREAMS),
  at: instant,
  bytes: z.instanceof(Buffer),
});

/** So many letters of a result are in a list. */
export const RESULT_START = 300;

/** The columns of a run in a list, by the names of `runSummary`. */
export const SUMMARY_COLUMNS = `runs.run_id AS "runId", runs.job, runs.trigger,
  runs.requested_by AS "requestedBy", runs.status, runs.scheduled_at AS "scheduledAt",
  runs.queued_at AS "queuedAt", runs.started_at AS "startedAt", runs.finished_at AS "finishedAt",
  runs.duration_ms AS "durationMs", runs.attempt, runs.exit_code AS "exitCode", runs.signal,
  runs.reason, runs.error, left(runs.result, ${RESULT_START}) AS "resultStart", runs.revision, runs.host, runs.output_bytes AS "outputBytes",
  runs.output_omitted_bytes AS "outputOmittedBytes",
  runs.output_omitted_why AS "outputOmittedWhy"`;
