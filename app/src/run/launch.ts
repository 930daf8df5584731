import type { ProcessUser } from '../processes/process-user.ts';
import type { OutputTransform, RunDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';
import { DEFAULT_SHELL } from './process/gate-command.ts';
import { notStarted, spawnHeld, type HeldProcess } from './process/held-process.ts';
import { createResultFile, type ResultFile } from './result-file.ts';
import { runEnvironment, type ActiveRelease } from './run-environment.ts';

export interface LaunchOptions {
  /** For every job: the container's, less the supervisor's own secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runAs: ProcessUser | null;
  /** Where a run starts when there is no release. Absolute. */
  readonly directory: string;
  readonly resultDirectory: string;
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

const NO_RESULT: Pick<ResultFile, 'take' | 'discard'> = { take: () => null, discard: () => {} };

/** Starts the process of one attempt, held at the gate. Never throws: what fails is told by `held`. */
export function launch(context: LaunchContext, options: LaunchOptions): Launch {
  const { run, job, release, attempt } = context;
  const directory = release?.directory ?? options.directory;
  const resultFile = openResultFile(`${run.runId}.${attempt}`, options);
  const held =
    resultFile instanceof Error
      ? notStarted(resultFile)
      : spawnHeld({
          command: job.command,
          shell: shellOf(job),
          environment: runEnvironment(options.environment, {
            ...context,
            resultFile: resultFile.path,
          }),
          directory,
          runAs: options.runAs,
        });
  const result = resultFile instanceof Error ? { path: '', ...NO_RESULT } : resultFile;
  return {
    held,
    directory,
    resultFile: result,
    discard() {
      held.discard();
      result.discard();
    },
  };
}

/** Only the crontab chooses it: the SHELL of whoever started the supervisor is a matter of taste. */
function shellOf({ environment }: Job): string {
  return environment['SHELL'] || DEFAULT_SHELL;
}

function openResultFile(name: string, options: LaunchOptions): ResultFile | Error {
  try {
    return createResultFile(
      options.resultDirectory,
      name,
      options.runAs,
      options.outputTransform ?? null,
    );
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
