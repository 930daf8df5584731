import type { Clock } from '@gitcron/base/clock';
import type { ProcessUser } from '../processes/process-user.ts';
import type { RunEvent } from '../events.ts';
import { identityOf } from '../events/run-description.ts';
import type { Logger } from '@gitcron/base/log';
import { readProcess } from './process/process-table.ts';
import { findCarriers } from './process/run-carriers.ts';
import { terminate } from './process/terminate.ts';
import { readRunningFile, type RunningProcess } from './running-notes.ts';
import { supervisorMark } from './supervisor-mark.ts';
import { shortRunId } from './short-run-id.ts';

export interface RecoverOptions {
  readonly runningFile: string;
  readonly runAs: ProcessUser | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between SIGTERM and SIGKILL for what still runs. */
  readonly graceMs: number;
  readonly emit: (event: RunEvent) => void;
}

/**
 * Ends what a supervisor that was killed left running, before this one starts anything: otherwise
 * a job could run twice at once. Each run it had begun is reported as lost.
 */
export async function recover(options: RecoverOptions): Promise<void> {
  const logger = options.logger.child({ room: 'run' });
  const left = readRunningFile(options.runningFile, logger);
  await Promise.all(left.map((entry) => endOrphan(entry, options, logger)));
  await endDaemons(options, logger);
}

/** What its finished runs had left behind, too quietly to be noted. */
async function endDaemons(options: RecoverOptions, logger: Logger): Promise<void> {
  const { runAs, graceMs } = options;
  const runId = supervisorMark(options.runningFile);
  const found = await findCarriers(runId, runAs);
  if (found.length === 0) return;
  logger.warn(`Ending ${found.length} processes that runs of the last supervisor left behind.`);
  await terminate({ leader: null, runId, runAs }, graceMs, new AbortController().signal);
}

async function endOrphan(
  entry: RunningProcess,
  options: RecoverOptions,
  logger: Logger,
): Promise<void> {
  const { runAs, clock, graceMs } = options;
  const { pid, runId, job, startedAt } = entry;
  const found = isSameProcess(entry) || (await findCarriers(runId, runAs)).length > 0;
  if (found) {
    logger.warn(
      { job, run: runId },
      `${job}#${shortRunId(runId)} was left running by a supervisor that was killed: ending it`,
    );
    const leader = isSameProcess(entry) ? pid : null;
    await terminate({ leader, runId, runAs }, graceMs, new AbortController().signal);
  }
  if (startedAt === null) return;
  const at = clock.now();
  const reason = found
    ? 'The supervisor was killed while it ran; the next supervisor ended what was left of it.'
    : 'The supervisor was killed while it ran; how it ended is not known.';
  logger.error(
    { job, run: runId, status: 'lost' },
    `${job}#${shortRunId(runId)} was lost. ${reason}`,
  );
  options.emit({
    type: 'run_finished',
    at,
    ...identityOf(entry),
    attempts: entry.attempt,
    outcome: {
      status: 'lost',
      exitCode: null,
      signal: null,
      durationMs: Math.max(0, at - startedAt),
      reason,
      result: null,
      error: null,
    },
  });
}

function isSameProcess({ pid, startTicks }: RunningProcess): boolean {
  const now = readProcess(pid);
  return now !== null && now.startTicks === startTicks && now.session === pid && !now.zombie;
}
