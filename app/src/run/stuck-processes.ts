import type { Clock } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import { identityOf } from '../events/run-description.ts';
import { isSameProcess, type ProcessName } from './process/process-table.ts';
import { killAgain } from './process/terminate.ts';
import type { NotedStart, RunningFile } from './running-file.ts';
import type { RunningProcess } from './running-notes.ts';
import { shortRunId } from './short-run-id.ts';

/**
 * Processes of runs that even SIGKILL did not end: stuck in the kernel, behind a disk that does not
 * answer, or of a user whom we may not signal. They stay noted for the next supervisor, and are
 * looked at again, ever more rarely, until they are gone.
 */
export interface StuckProcesses {
  add(of: Omit<NotedStart, 'pid'>, found: readonly ProcessName[]): void;
  living(): readonly RunningProcess[];
  stop(): void;
}

export interface StuckProcessesOptions {
  readonly runningFile: RunningFile;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_LOOK_MS = 1000;
const LAST_LOOK_MS = 60_000;

/** @param noted those of a supervisor before us, which are in the running file already. */
export function watchStuckProcesses(
  { runningFile, clock, logger }: StuckProcessesOptions,
  noted: readonly RunningProcess[],
): StuckProcesses {
  const all = new Map(noted.map((each) => [each.pid, each]));
  let pauseMs = FIRST_LOOK_MS;
  let timer = noted.length === 0 ? null : clock.after(pauseMs, look);

  function look(): void {
    for (const each of all.values()) {
      killAgain(each);
      if (isSameProcess(each)) continue;
      all.delete(each.pid);
      runningFile.remove(each.pid);
      logger.info(fieldsOf(each), `${nameOf(each)}: its process ${each.pid} is gone at last`);
    }
    pauseMs = Math.min(2 * pauseMs, LAST_LOOK_MS);
    timer = all.size === 0 ? null : clock.after(pauseMs, look);
  }

  return {
    add({ run, ...others }, found) {
      const of = { ...identityOf(run), ...others, startedAt: null };
      const added = found.map(({ pid, startTicks }): RunningProcess => ({
        pid,
        startTicks,
        ...of,
      }));
      if (added.length === 0) return;
      for (const each of added) all.set(each.pid, each);
      runningFile.keep(added);
      tellStuck(added, logger);
      timer?.cancel();
      pauseMs = FIRST_LOOK_MS;
      timer = clock.after(pauseMs, look);
    },
    living: () => [...all.values()].filter(isSameProcess),
    stop: () => timer?.cancel(),
  };
}

/** @param stuck of one run. */
export function tellStuck(stuck: readonly RunningProcess[], logger: Logger): void {
  const [first] = stuck;
  if (first === undefined) return;
  const pids = stuck.map(({ pid }) => pid).join(', ');
  logger.error(
    fieldsOf(first),
    `${nameOf(first)}: its processes do not end, even by SIGKILL: ${pids}. They may go on beside the next run of the job; they stay noted and are looked at again. See with ps -o pid,user,stat,wchan,args -p what they wait for: usually a disk or a network file system that does not answer, or a user whom Gitcron may not signal.`,
  );
}

function fieldsOf({ job, runId }: RunningProcess): { job: string; run: string } {
  return { job, run: runId };
}

function nameOf({ job, runId }: RunningProcess): string {
  return `${job}#${shortRunId(runId)}`;
}
