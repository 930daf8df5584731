import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ProcessUser } from './process-user.ts';

const run = promisify(execFile);

/** Only what is stuck in the kernel, or forks without an end, takes longer. */
const LIMIT_MS = 5000;
const PAUSE_MS = 10;

export interface EndedProcesses {
  readonly ended: number;
  readonly left: readonly number[];
}

const NONE: EndedProcesses = { ended: 0, left: [] };

/** Who may be asked for an end of all its processes: never root, never the user that we are. */
export function isUserApart({ uid }: ProcessUser): boolean {
  return uid !== 0 && uid !== process.getuid?.();
}

/**
 * Ends every process of a user that exists for nothing but our children, at once (SIGKILL). Nothing
 * escapes: not by a session of its own, not by an empty environment, not by forking meanwhile, for
 * the system takes `kill -1` as one step (kill(2)). Leaves the supervisor's own user alone.
 *
 * @returns how many there were, and the ids of those that are left when the time is up; usually none.
 */
export async function endProcessesOf(user: ProcessUser): Promise<EndedProcesses> {
  if (!isUserApart(user)) return NONE;
  const there = new Set(await processesOf(user));
  const giveUpAt = performance.now() + LIMIT_MS;
  for (;;) {
    const told = await killAllOf(user);
    if (told === 'not_permitted') return NONE;
    const left = await processesOf(user);
    if (left.length === 0 && (told === 'told' || there.size > 0))
      return { ended: there.size, left };
    if (performance.now() > giveUpAt) return { ended: there.size, left };
    for (const pid of left) there.add(pid);
    // No process of ours can be started where they have taken all that are allowed.
    if (told === 'not_told') endEach(left);
    await delay(PAUSE_MS);
  }
}

/** Stopped first, so that none starts others while we come to it. */
function endEach(pids: readonly number[]): void {
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // It is gone, or not ours to signal: whoever is left is told.
      }
    }
  }
}

/** As the user itself: a signal from root to all would reach all. */
async function killAllOf({
  uid,
  gid,
}: ProcessUser): Promise<'told' | 'not_told' | 'not_permitted'> {
  try {
    await run('/bin/sh', ['-c', 'kill -KILL -1'], {
      ...{ uid, gid, cwd: '/', env: {} },
      // What is to be ended may stop this shell.
      ...{ timeout: 1000, killSignal: 'SIGKILL' },
    });
    return 'told';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    // Whoever may not become this user has never started anything as it.
    if (code === 'EPERM') return 'not_permitted';
    // An exit status: there was nobody. No status: it was ended first, or could not be started.
    return typeof code === 'number' ? 'told' : 'not_told';
  }
}

/** Those that run, by their real, effective or saved user (proc_pid_status(5)); none without /proc. */
async function processesOf({ uid }: ProcessUser): Promise<number[]> {
  const isOne = async (pid: string): Promise<boolean> => {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    const users = /^Uid:\t(\d+)\t(\d+)\t(\d+)/m.exec(status)?.slice(1).map(Number) ?? [];
    return users.includes(uid) && !/^State:\t[ZX]/m.test(status);
  };
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  const theirs = await Promise.all(pids.map(isOne));
  return pids.filter((_, index) => theirs[index]).map(Number);
}
