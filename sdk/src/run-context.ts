import { writeFileSync } from 'node:fs';

/** What a script may know about its own run. */
export interface RunContext {
  readonly runId: string;
  readonly job: string;
  /** The planned instant; null when somebody started the run by hand. */
  readonly scheduledAt: Date | null;
  /** The commit that the run's code came from; null for a plain crontab. */
  readonly release: string | null;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** Reads the variables that Gitcron gives to every run; null outside of one. */
export function runContext(environment: NodeJS.ProcessEnv = process.env): RunContext | null {
  const runId = environment['GITCRON_RUN_ID'];
  const job = environment['GITCRON_JOB'];
  if (!runId || !job) return null;
  const scheduledAt = environment['GITCRON_SCHEDULED_AT'];
  return {
    runId,
    job,
    scheduledAt: scheduledAt ? new Date(scheduledAt) : null,
    release: environment['GITCRON_RELEASE'] || null,
    attempt: Number(environment['GITCRON_ATTEMPT'] ?? '1'),
  };
}

/** Makes `result` the run's result, as its history shows it. Outside a run it does nothing. */
export function setResult(result: unknown, environment: NodeJS.ProcessEnv = process.env): void {
  const file = environment['GITCRON_RESULT_FILE'];
  if (!file) return;
  writeFileSync(file, typeof result === 'string' ? result : JSON.stringify(result));
}
