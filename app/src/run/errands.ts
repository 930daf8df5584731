import { createBeside, type Beside } from '@gitcron/base/beside';
import type { Logger } from '@gitcron/base/log';

/** What a runner does beside its runs. */
export interface Errands {
  /** Passes events on. */
  readonly telling: Beside;
  /** Puts output into the log and the record. */
  readonly showing: Beside;
  /** Deletes notes that nobody needs any more. */
  readonly tidying: Beside;
}

export function createErrands(logger: Logger, runningFile: string): Errands {
  const telling: Beside = createBeside(logger, {
    code: 'GITCRON_E_RUN_TOLD',
    sentence: 'What happens to runs cannot be passed on to history and the API; the runs go on.',
    hint: 'This is a mistake in Gitcron: please report it with these lines.',
  });
  const tidying: Beside = createBeside(logger, {
    code: 'GITCRON_E_RUNNING_FILE',
    sentence: 'The notes of what ran cannot be deleted; the next start looks for it in vain.',
    place: runningFile,
    hint: 'See whether the state volume is read-only.',
  });
  const showing: Beside = createBeside(logger, {
    code: 'GITCRON_E_JOB_OUTPUT',
    sentence: 'Output of jobs cannot be shown and is lost; the jobs go on.',
    hint: 'This is a mistake in Gitcron: please report it with these lines.',
  });
  return { telling, showing, tidying };
}
