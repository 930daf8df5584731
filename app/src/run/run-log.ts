import prettyMs from 'pretty-ms';
import type { Outcome, RunDescription } from '../events.ts';
import type { Logger } from '@gitcron/base/log';
import { shortRevision } from '../sync/revision.ts';
import type { EndCause } from './outcome.ts';
import { shortRunId } from './short-run-id.ts';

/** The sentences about runs, one line each. */
export interface RunLog {
  started(run: RunDescription, attempt: number, attempts: number): void;
  waiting(run: RunDescription): void;
  terminating(run: RunDescription, cause: EndCause, graceMs: number): void;
  retrying(run: RunDescription, outcome: Outcome, failedAttempts: number, delayMs: number): void;
  finished(run: RunDescription, outcome: Outcome): void;
  leftBehind(run: RunDescription): void;
}

export function createRunLog(parent: Logger): RunLog {
  const logger = parent.child({ room: 'run' });
  return {
    started(run, attempt, attempts) {
      const release =
        run.release === null ? '' : `, release ${shortRevision(run.release.revision)}`;
      const by = run.requestedBy === null ? '' : ` by ${run.requestedBy}`;
      const count = attempts === 1 ? '' : `, attempt ${attempt} of ${attempts}`;
      logger.info(
        { ...fieldsOf(run), attempt },
        `${nameOf(run)} started (${run.trigger}${by}${release}${count})`,
      );
    },
    waiting(run) {
      logger.debug(fieldsOf(run), `${nameOf(run)} waits for its turn`);
    },
    terminating(run, cause, graceMs) {
      logger.warn(
        fieldsOf(run),
        `${nameOf(run)} ${whyText(cause)}: sent SIGTERM, SIGKILL follows in ${prettyMs(graceMs)}`,
      );
    },
    retrying(run, outcome, failedAttempts, delayMs) {
      logger.warn(
        { ...fieldsOf(run), ...outcomeFields(outcome) },
        `${nameOf(run)} attempt ${failedAttempts} ${statusText(outcome)} after ${prettyMs(outcome.durationMs)}; next attempt in ${prettyMs(delayMs)}. ${outcome.reason}`,
      );
    },
    finished(run, outcome) {
      const { status, durationMs, reason } = outcome;
      const took = status === 'skipped' ? '' : ` after ${prettyMs(durationMs)}`;
      logger[levelOf(outcome)](
        { ...fieldsOf(run), ...outcomeFields(outcome) },
        `${nameOf(run)} ${statusText(outcome)}${took}. ${reason}`,
      );
    },
    leftBehind(run) {
      logger.warn(
        fieldsOf(run),
        `${nameOf(run)} left a process running in the background. It is ended when Gitcron stops; its output goes to this log and not to the run's record.`,
      );
    },
  };
}

function nameOf(run: RunDescription): string {
  return `${run.job}#${shortRunId(run.runId)}`;
}

function fieldsOf(run: RunDescription): { job: string; run: string } {
  return { job: run.job, run: run.runId };
}

function outcomeFields({ status, exitCode, signal, durationMs }: Outcome): Partial<Outcome> {
  return { status, exitCode, signal, durationMs };
}

function levelOf({ status }: Outcome): 'info' | 'warn' | 'error' {
  if (status === 'succeeded') return 'info';
  return status === 'failed' || status === 'timed_out' ? 'error' : 'warn';
}

function statusText({ status }: Outcome): string {
  if (status === 'timed_out') return 'timed out';
  return status === 'skipped' || status === 'canceled' || status === 'lost'
    ? `was ${status}`
    : status;
}

function whyText(cause: EndCause): string {
  if (cause.kind === 'timeout') return `has run for its limit of ${prettyMs(cause.timeoutMs)}`;
  if (cause.kind === 'cancel') return `is canceled by ${cause.by}`;
  if (cause.kind === 'crowd') return `has ${cause.tasks} processes and leaves no room for others`;
  return cause.kind === 'replace' ? 'makes way for a newer run' : 'is ended by the shutdown';
}
