import prettyMs from 'pretty-ms';
import type { RunDescription } from '../events.ts';
import type { Logger } from '@gitcron/base/log';
import type { EndCause } from './outcome.ts';
import { shortRunId } from './short-run-id.ts';

/** What the log tells of runs that is no event of theirs; see `logRuns`. */
export interface RunLog {
  waiting(run: RunDescription): void;
  terminating(run: RunDescription, cause: EndCause, graceMs: number): void;
  leftBehind(run: RunDescription): void;
}

export function createRunLog(parent: Logger): RunLog {
  const logger = parent.child({ room: 'run' });
  return {
    waiting(run) {
      logger.debug(fieldsOf(run), `${nameOf(run)} waits for its turn`);
    },
    terminating(run, cause, graceMs) {
      logger.warn(
        fieldsOf(run),
        `${nameOf(run)} ${whyText(cause)}: sent SIGTERM, SIGKILL follows in ${prettyMs(graceMs)}`,
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

export type Named = Pick<RunDescription, 'job' | 'runId'>;

export function nameOf(run: Named): string {
  return `${run.job}#${shortRunId(run.runId)}`;
}

export function fieldsOf(run: Named): { job: string; run: string } {
  return { job: run.job, run: run.runId };
}

function whyText(cause: EndCause): string {
  if (cause.kind === 'timeout') return `has run for its limit of ${prettyMs(cause.timeoutMs)}`;
  if (cause.kind === 'cancel') return `is canceled by ${cause.by}`;
  if (cause.kind === 'crowd') return `has ${cause.tasks} processes and leaves no room for others`;
  return cause.kind === 'replace' ? 'makes way for a newer run' : 'is ended by the shutdown';
}
