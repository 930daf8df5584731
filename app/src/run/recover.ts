import type { Clock } from '@gitcron/base/clock';
import type { ProcessUser } from '../processes/process-user.ts';
import type { RunEvent } from '../events.ts';
import { identityOf } from '../events/run-description.ts';
import type { Logger } from '@gitcron/base/log';
import { isSameProcess, readProcess, type ProcessEntry } from './process/process-table.ts';
import { findCarriers } from './process/run-carriers.ts';
import { terminate, type RunProcesses } from './process/terminate.ts';
import { readRunningFile, type RunningProcess } from './running-notes.ts';
import { tellStuck } from './stuck-processes.ts';
import { supervisorMark } from './supervisor-mark.ts';
import { usersOf, workplaceOfJob, type WorkplaceOf } from './workplace.ts';
import { shortRunId } from './short-run-id.ts';

export interface RecoverOptions {
  readonly runningFile: string;
  /** As whom jobs run. */
  readonly workplaceOf: WorkplaceOf;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between SIGTERM and SIGKILL for what still runs. */
  readonly graceMs: number;
  readonly emit: (event: RunEvent) => void;
}

/**
 * Ends what a supervisor that was killed left running, before this one starts anything: otherwise
 * a job could run twice at once. Each run it had begun is reported as lost.
 * @returns what could not be ended.
 */
export async function recover(options: RecoverOptions): Promise<RunningProcess[]> {
  const logger = options.logger.child({ room: 'run' });
  const orphans = readRunningFile(options.runningFile, logger);
  const stuck = await Promise.all(orphans.map((entry) => endOrphan(entry, options, logger)));
  for (const user of usersOf(options.workplaceOf)) await endDaemons(user, options, logger);
  return stuck.flat();
}

/** What its finished runs had left behind, too quietly to be noted. */
async function endDaemons(
  runAs: ProcessUser | null,
  options: RecoverOptions,
  logger: Logger,
): Promise<void> {
  const { graceMs } = options;
  const runId = supervisorMark(options.runningFile);
  const found = await findCarriers(runId, runAs);
  if (found.length === 0) return;
  logger.warn(`Ending ${found.length} processes that runs of the last supervisor left behind.`);
  const { signal } = new AbortController();
  const { left } = await terminate({ leader: null, runId, runAs }, graceMs, signal);
  const pids = left.map(({ pid }) => pid).join(', ');
  // The next supervisor finds them by their environment.
  if (pids !== '') logger.error(`They do not end, even by SIGKILL: ${pids}.`);
}

/** @returns what of it could not be ended. */
async function endOrphan(
  orphan: RunningProcess,
  options: RecoverOptions,
  logger: Logger,
): Promise<RunningProcess[]> {
  const { runId, job, startedAt } = orphan;
  const { runAs = workplaceOfJob(options.workplaceOf, { slug: job }).runAs } = orphan;
  const same = findSame(orphan);
  const found = same !== null || (await findCarriers(runId, runAs)).length > 0;
  let stuck: RunningProcess[] = [];
  if (found) {
    logger.warn(
      { job, run: runId },
      `${job}#${shortRunId(runId)} was left running by a supervisor that was killed: ending it`,
    );
    // Held at the gate it has not begun, and one that was stuck already is past all grace.
    const graceMs = startedAt === null ? 0 : options.graceMs;
    const named = { runId, runAs, ...whichOf(same) };
    const { left } = await terminate(named, graceMs, new AbortController().signal);
    stuck = left.map(({ pid, startTicks }) => ({ ...orphan, pid, startTicks, startedAt: null }));
    tellStuck(stuck, logger);
  }
  if (startedAt !== null) tellLost(orphan, startedAt, lostReason(found, stuck), options);
  return stuck;
}

function findSame(entry: RunningProcess): ProcessEntry | null {
  return isSameProcess(entry) ? readProcess(entry.pid) : null;
}

/** One that was stuck already need not lead anything. */
function whichOf(same: ProcessEntry | null): Pick<RunProcesses, 'leader' | 'strays'> {
  if (same === null) return { leader: null };
  return same.session === same.pid ? { leader: same.pid } : { leader: null, strays: [same] };
}

function lostReason(found: boolean, stuck: readonly RunningProcess[]): string {
  if (!found) return 'The supervisor was killed while it ran; how it ended is not known.';
  return stuck.length === 0
    ? 'The supervisor was killed while it ran; the next supervisor ended what was left of it.'
    : 'The supervisor was killed while it ran; what is left of it does not end, even by SIGKILL.';
}

function tellLost(
  orphan: RunningProcess,
  startedAt: number,
  reason: string,
  { clock, emit }: RecoverOptions,
): void {
  const at = clock.now();
  emit({
    type: 'run_finished',
    at,
    ...identityOf(orphan),
    attempts: orphan.attempt,
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
