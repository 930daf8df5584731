import { createBeside } from '@gitcron/base/beside';
import type { Logger } from '@gitcron/base/log';
import { isUserApart } from '../processes/end-user-processes.ts';
import type { ProcessUser } from '../processes/process-user.ts';
import type { Background } from './background.ts';
import { watchTasks } from './held-limit.ts';
import { markedProcesses } from './process/marked-processes.ts';
import { membersOf, readProcessTable, type ProcessEntry } from './process/process-table.ts';
import { stopUser } from './process/stop-user.ts';
import { killCrowd } from './process/terminate.ts';
import type { Run } from './run.ts';
import { shortRunId } from './short-run-id.ts';

export interface ProcessGuardOptions {
  readonly runs: () => Run[];
  readonly background: Background;
  /** Of all our processes; see `supervisorMark`. */
  readonly mark: string;
  /** As whom jobs run. */
  readonly users: readonly (ProcessUser | null)[];
  readonly logger: Logger;
}

/** What one run has started, or what runs have left behind. */
interface Crowd {
  readonly name: string;
  readonly find: (table: readonly ProcessEntry[]) => ProcessEntry[];
  /** Null: its run is over. */
  readonly run: Run | null;
}

/** A bomb takes a second; while there is no room, no command in the container can start. */
const LOOK_EVERY_MS = 200;

/** When it is full and nobody is to blame: each look stops all for a moment. */
const PAUSE_MS = 5000;

/** So much is kept free: `docker compose exec app gitcron status` takes about twenty. */
const KEPT_FREE = 32;

/**
 * Keeps a job that starts processes without bound from taking all that the control group allows: no
 * other job, no install and no command in the container could start. When there is hardly room
 * and one run holds more than half of all, it is ended. A limit for each user (RLIMIT_NPROC) would
 * not do: it counts the user's processes on the whole host, and 1000 is somebody's number there.
 */
export function guardProcesses(options: ProcessGuardOptions): { stop(): void } {
  const { logger } = options;
  const guarding = createBeside(logger, {
    code: 'GITCRON_E_PROCESS_GUARD',
    sentence: 'It cannot be seen whether a job starts processes without bound.',
    place: '/proc, /sys/fs/cgroup',
    hint: 'See why they cannot be read. It is looked at again at once.',
  });
  const tasks = watchTasks();
  let isBusy = false;
  let notBefore = 0;

  async function look(): Promise<void> {
    const { limit, used } = tasks();
    if (limit - used > Math.min(KEPT_FREE, limit / 8) || performance.now() < notBefore) return;
    const stopped = options.users.flatMap((user) =>
      user !== null && isUserApart(user) ? [stopUser(user)] : [],
    );
    try {
      await endWhoIsToBlame(limit);
    } finally {
      for (const goOn of stopped) goOn();
    }
  }

  async function endWhoIsToBlame(limit: number): Promise<void> {
    const table = readProcessTable();
    for (const { name, find, run } of crowds(options)) {
      const had = find(table).reduce((sum, { threads }) => sum + threads, 0);
      if (had <= limit / 2) continue;
      run?.kill({ kind: 'crowd', tasks: had, limit });
      const ended = await killCrowd(() => find(readProcessTable()));
      logger.error(
        { ...(run && { job: run.description.job, run: run.description.runId }), ended },
        `${name} had ${had} of the ${limit} processes and threads that the system allows, so nothing else could start: ended ${ended} processes.`,
      );
      return;
    }
    notBefore = performance.now() + PAUSE_MS;
  }

  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void guarding.soon(look).then(() => {
      isBusy = false;
    });
  }, LOOK_EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

function crowds({ runs, background, mark, users }: ProcessGuardOptions): Crowd[] {
  const ofRuns = runs().flatMap((run): Crowd[] => {
    const { runId, job } = run.description;
    const leader = run.leader();
    if (leader === null) return [];
    const name = `${job}#${shortRunId(runId)}`;
    return [{ name, run, find: (table) => membersOf(leader, table) }];
  });
  const left = background.living().map(({ leader, runId, job }): Crowd => {
    const name = `What ${job}#${shortRunId(runId)} left behind`;
    return { name, run: null, find: (table) => membersOf(leader, table) };
  });
  // Out of their group and session and without their parent they belong to no run that could be told.
  const rest: Crowd = {
    name: 'What runs left behind',
    run: null,
    find: (table) => {
      const told = new Set([...ofRuns, ...left].flatMap(({ find }) => find(table)));
      return markedProcesses(mark, users, table).filter((entry) => !told.has(entry));
    },
  };
  return [...ofRuns, ...left, rest];
}
