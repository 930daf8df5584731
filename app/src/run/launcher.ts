import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { Logger } from '@gitcron/base/log';
import { identityOf } from '../events/run-description.ts';
import { launch, type HeldAttempt, type LaunchContext, type LaunchOptions } from './launch.ts';
import { measureStart } from './measure-start.ts';
import type { TooLong } from './process/start-size.ts';
import { createResultFiles } from './result-file.ts';
import type { RunningFile } from './running-file.ts';

export interface LauncherOptions extends LaunchOptions {
  /** On the state volume, for what scripts write as their result. */
  readonly resultDirectory: string;
  /** Changes results before anybody sees them; made anew for each of them. */
  readonly outputTransform?: () => OutputTransform;
  readonly runningFile: RunningFile;
  readonly logger: Logger;
}

/** Starts the processes of runs, each noted for the next supervisor before its gate can open. */
export interface Launcher {
  launch(context: LaunchContext): HeldAttempt;
  /** @returns why the system would start no process for the run; null where it would. */
  tooLong(context: Omit<LaunchContext, 'attempt'>): TooLong | null;
  /** No run needs a result file any more. */
  close(): void;
}

export function createLauncher(options: LauncherOptions): Launcher {
  const { resultDirectory, outputTransform, runningFile, logger } = options;
  const resultFiles = createResultFiles({
    directory: resultDirectory,
    transform: outputTransform ?? null,
    logger,
  });
  return {
    launch(context) {
      const made = launch(context, options, resultFiles);
      const { runAs } = made;
      const { pid, ended } = made.process;
      if (pid === null) return made;
      const { run, attempt } = context;
      runningFile.add({ pid, run: identityOf(run), attempt, runAs });
      const discard = (): void => {
        made.discard();
        void ended.then(() => runningFile.remove(pid));
      };
      return { ...made, discard };
    },
    tooLong: (context) => measureStart(context, options),
    close: () => resultFiles.close(),
  };
}
