import { SYSTEM_PATH } from '../config/command-path.ts';
import { SUPERVISOR_VARIABLE } from '../config/run-variables.ts';
import type { ReleaseName, RunDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';
import { DEFAULT_SHELL } from './process/gate-command.ts';

/** The release that runs now, as a run needs it. */
export interface ActiveRelease {
  readonly name: ReleaseName;
  /** Absolute: where its runs start. */
  readonly directory: string;
  /** First on PATH: `node_modules/.bin`, the virtual environment's `bin`. */
  readonly binPaths: readonly string[];
}

export interface AttemptContext {
  readonly run: RunDescription;
  readonly job: Job;
  readonly attempt: number;
  readonly release: ActiveRelease | null;
  readonly resultFile: string;
  readonly mark: string;
}

/**
 * The environment of one attempt: that of its workplace, then the crontab's `NAME=value` lines, then
 * what Gitcron tells the script about its run.
 */
export function runEnvironment(
  base: Readonly<Record<string, string>>,
  context: AttemptContext,
): Record<string, string> {
  const { run, job, attempt, release, resultFile, mark } = context;
  const environment: Record<string, string> = {
    ...base,
    SHELL: DEFAULT_SHELL,
    ...job.environment,
    GITCRON_RUN_ID: run.runId,
    GITCRON_JOB: job.slug,
    GITCRON_ATTEMPT: String(attempt),
    GITCRON_RESULT_FILE: resultFile,
    [SUPERVISOR_VARIABLE]: mark,
  };
  if (run.scheduledAt !== null) {
    environment['GITCRON_SCHEDULED_AT'] = new Date(run.scheduledAt).toISOString();
  }
  if (release !== null) {
    environment['GITCRON_RELEASE'] = release.name.revision;
    const path = environment['PATH'] ?? SYSTEM_PATH;
    environment['PATH'] = [...release.binPaths, path].join(':');
  }
  if (run.after !== undefined) {
    environment['GITCRON_AFTER_RUN_ID'] = run.after.runId;
    environment['GITCRON_AFTER_STATUS'] = run.after.status;
    const result = variableOf(run.after.result ?? '');
    if (result !== '') environment['GITCRON_AFTER_RESULT'] = result;
  }
  if (run.params !== null) environment['GITCRON_PARAMS'] = JSON.stringify(run.params);
  // They name the supervisor's directory; the shell sets its own.
  delete environment['PWD'];
  delete environment['OLDPWD'];
  return environment;
}

/** The system takes 128 KiB (execve(2)); a result has that little as bytes, and more as text. */
const MAX_RESULT_BYTES = 64 * 1024;

/** Without what no variable can hold, and cut where a character ends. */
function variableOf(result: string): string {
  const bytes = Buffer.from(result.replaceAll('\0', '\u2400'));
  // Told that more will come, it leaves out half a character at the end.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, MAX_RESULT_BYTES), {
    stream: true,
  });
}
