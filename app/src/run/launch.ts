import type { ProcessUser } from '../processes/process-user.ts';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { RunDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';
import { DEFAULT_SHELL } from './process/gate-command.ts';
import { spawnHeld, type CommandSpec, type HeldProcess } from './process/held-process.ts';
import type { ResultFile, ResultFiles } from './result-file.ts';
import { runEnvironment, type ActiveRelease } from './run-environment.ts';

export interface LaunchOptions {
  /**
   * For every job: the container's, less the supervisor's own secrets. Read at each start: jobs are
   * given another database once it is known that theirs is not there.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Of all processes that are ours; see `supervisorMark`. */
  readonly mark: string;
  readonly runAs: ProcessUser | null;
  /** Where a run starts when there is no release. Absolute. */
  readonly directory: string;
  /** Changes output and results before anybody sees them; made anew for each of them. */
  readonly outputTransform?: () => OutputTransform;
}

/** Everything an attempt needs to begin at once. */
export interface Launch {
  readonly held: HeldProcess;
  readonly directory: string;
  readonly resultFile: ResultFile;
  discard(): void;
}

export interface LaunchContext {
  readonly run: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  readonly attempt: number;
}

/** Starts the process of one attempt, held at the gate. Never throws: what fails is told by `held`. */
export function launch(
  context: LaunchContext,
  options: LaunchOptions,
  resultFiles: ResultFiles,
): Launch {
  const resultFile = resultFiles.make(`${context.run.runId}.${context.attempt}`);
  const command = commandOf(context, options, resultFile.path);
  const held = spawnHeld(command);
  return {
    held,
    directory: command.directory,
    resultFile,
    discard() {
      held.discard();
      resultFile.discard();
    },
  };
}

/** What an attempt starts, where, as whom and with which variables. */
export function commandOf(
  context: LaunchContext,
  options: LaunchOptions,
  resultFile: string,
): CommandSpec {
  const { job, release } = context;
  return {
    command: job.command,
    shell: shellOf(job),
    environment: runEnvironment(options, { ...context, resultFile }),
    directory: release?.directory ?? options.directory,
    runAs: options.runAs,
  };
}

/** Only the crontab chooses it: the SHELL of whoever started the supervisor is a matter of taste. */
function shellOf({ environment }: Job): string {
  return environment['SHELL'] || DEFAULT_SHELL;
}
