import type { ProcessUser } from '../processes/process-user.ts';
import type { RunDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';
import { DEFAULT_SHELL } from './process/gate-command.ts';
import { spawnHeld, type CommandSpec, type HeldProcess } from './process/held-process.ts';
import type { ResultFile, ResultFiles } from './result-file.ts';
import { runEnvironment, type ActiveRelease } from './run-environment.ts';
import { workplaceOfJob, type WorkplaceOf } from './workplace.ts';

export interface LaunchOptions {
  readonly workplaceOf: WorkplaceOf;
  /** Of all processes that are ours; see `supervisorMark`. */
  readonly mark: string;
}

/** An attempt that is ready to begin: its process waits at the gate. */
export interface HeldAttempt {
  readonly process: HeldProcess;
  readonly directory: string;
  readonly runAs: ProcessUser | null;
  readonly resultFile: ResultFile;
  discard(): void;
}

export interface LaunchContext {
  readonly run: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  readonly attempt: number;
}

/** Starts the process of one attempt, held at the gate. Never throws: what fails is told by its process. */
export function launch(
  context: LaunchContext,
  options: LaunchOptions,
  resultFiles: ResultFiles,
): HeldAttempt {
  const { runAs } = workplaceOfJob(options.workplaceOf, context.job);
  const resultFile = resultFiles.make(`${context.run.runId}.${context.attempt}`, runAs);
  const command = commandOf(context, options, resultFile.path);
  const held = spawnHeld(command);
  return {
    process: held,
    directory: command.directory,
    runAs,
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
  { workplaceOf, mark }: LaunchOptions,
  resultFile: string,
): CommandSpec {
  const { job, release } = context;
  const workplace = workplaceOfJob(workplaceOf, job);
  return {
    command: job.command,
    shell: shellOf(job),
    environment: runEnvironment(workplace.environment(), { ...context, mark, resultFile }),
    directory: release?.directory ?? workplace.directory,
    runAs: workplace.runAs,
  };
}

/** Only the crontab chooses it: the SHELL of whoever started the supervisor is a matter of taste. */
function shellOf({ environment }: Job): string {
  return environment['SHELL'] || DEFAULT_SHELL;
}
