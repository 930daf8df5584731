import { z } from 'zod';
import { RUN_STATUSES, TRIGGERS } from '../../events.ts';
import { OMISSION_REASONS, type Run, type RunSummary } from '../../record/history/rows.ts';

/** Instants leave and arrive as ISO 8601 in UTC. */
export const iso = z.iso.datetime({ offset: true });

export function toIso(epochMs: number): string;
export function toIso(epochMs: number | null): string | null;
export function toIso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

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
  result: z.string().nullable().describe('what the script wrote to GITCRON_RESULT_FILE'),
  subject: z.string().nullable().describe("the commit's"),
  author: z.string().nullable(),
  dependencyHash: z.string().nullable(),
  attempts: z.array(z.object({ ...common, attempt: z.int(), pid: z.int().nullable() })),
});
export type RunView = z.output<typeof runView>;

export function viewSummary(run: RunSummary): RunSummaryView {
  const { runId, job, trigger, requestedBy, status, durationMs, attempt } = run;
  const { exitCode, signal, reason, revision, host } = run;
  return {
    id: runId,
    job,
    trigger,
    requestedBy,
    status,
    scheduledAt: toIso(run.scheduledAt),
    queuedAt: toIso(run.queuedAt),
    startedAt: toIso(run.startedAt),
    finishedAt: toIso(run.finishedAt),
    durationMs,
    attempt,
    exitCode,
    signal,
    reason,
    release: revision,
    host,
    output: {
      bytes: run.outputBytes,
      omittedBytes: run.outputOmittedBytes,
      omittedWhy: run.outputOmittedWhy,
    },
  };
}

export function viewRun(run: Run): RunView {
  const { succeeded, command, params, result, subject, author, dependencyHash } = run;
  return {
    ...viewSummary(run),
    succeeded,
    command,
    params,
    result,
    subject,
    author,
    dependencyHash,
    attempts: run.attempts.map((attempt) => ({
      ...attempt,
      startedAt: toIso(attempt.startedAt),
      finishedAt: toIso(attempt.finishedAt),
    })),
  };
}
