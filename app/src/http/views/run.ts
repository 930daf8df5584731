import { MASK } from '@gitcron/base/secrets/mask';
import { toIso } from '../../api/instant.ts';
import type { RunSummaryView, RunView } from '../../api/run.ts';
import type { Run, RunSummary } from '../../record/history/rows.ts';
import { firstLine, tellingLine } from '../../report/telling-line.ts';

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
    errorLine: run.error === null ? null : tellingLine(run.error),
    resultLine: run.resultStart === null ? null : firstLine(run.resultStart),
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
  const { succeeded, command, params, afterRun, result, error, subject, author, dependencyHash } =
    run;
  return {
    ...viewSummary(run),
    succeeded,
    command,
    params,
    paramsMasked: areParamsMasked(run),
    afterRun,
    result,
    error,
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

/** Whether parameters are not kept as they were given. Runs of older versions do not say it. */
export function areParamsMasked({ params, paramsMasked }: Run): boolean {
  return paramsMasked ?? JSON.stringify(params).includes(MASK);
}
