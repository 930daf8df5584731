import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessUser } from '../../processes/process-user.ts';
import { findCarriers } from './run-carriers.ts';
import {
  isSameProcess,
  membersOf,
  readProcessTable,
  type ProcessEntry,
  type ProcessName,
} from './process-table.ts';

/** A run's processes, found by what the system still knows of them. */
export interface RunProcesses {
  /**
   * Leader of the process group and of the session; it may have ended while others of them live.
   * Null when its number may belong to somebody else by now.
   */
  readonly leader: number | null;
  readonly runId: string;
  readonly runAs: ProcessUser | null;
  /** Others of it that are known already. */
  readonly strays?: readonly ProcessEntry[];
}

export interface Termination {
  /** Some outlived SIGTERM and the grace, so SIGKILL followed. */
  readonly forced: boolean;
  /** Those that SIGKILL has not ended: stuck in the kernel, or of a user whom we may not signal. */
  readonly left: readonly ProcessEntry[];
}

/** How long SIGKILL may take; what is there after that does not end by it. */
const KILL_LIMIT_MS = 2000;
/** Until then whatever was found is killed, found all or not. */
const CROWD_LIMIT_MS = 3000;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 250;

/**
 * Ends all processes of a run: SIGTERM, the grace, SIGKILL. Resolves when they are gone.
 *
 * @param hurry Aborted when the rest of the grace is not to be waited for.
 */
export async function terminate(
  processes: RunProcesses,
  graceMs: number,
  hurry: AbortSignal,
): Promise<Termination> {
  const { leader, runId, runAs, strays = [] } = processes;
  const deadline = performance.now() + graceMs;
  const known = new Map<number, ProcessEntry>();

  function terminateNew(found: readonly ProcessEntry[]): number {
    const added = found.filter(({ pid, group }) => group !== leader && !known.has(pid));
    for (const entry of added) {
      known.set(entry.pid, entry);
      send(entry.pid, 'SIGTERM');
    }
    return added.length;
  }

  terminateNew([...strays, ...straysOf(leader)]);
  if (leader !== null) send(-leader, 'SIGTERM');
  terminateNew(await findCarriers(runId, runAs));
  while (await areGone(leader, known.values(), deadline, hurry)) {
    // A process that was just being started has neither a place nor a name; then a second look helps.
    if (terminateNew(await findCarriers(runId, runAs)) === 0) return { forced: false, left: [] };
  }

  const last = [...known.values(), ...straysOf(leader), ...(await findCarriers(runId, runAs))];
  killAll(leader, last);
  const gone = await areGone(leader, last, performance.now() + KILL_LIMIT_MS, null);
  return { forced: true, left: gone ? [] : livingOf(leader, last) };
}

function livingOf(leader: number | null, strays: readonly ProcessEntry[]): ProcessEntry[] {
  const inGroup = readProcessTable().filter(({ group, zombie }) => group === leader && !zombie);
  const living = [...inGroup, ...strays.filter(isSameProcess)];
  return [...new Map(living.map((entry) => [entry.pid, entry])).values()];
}

/** SIGKILL once more, for one that did not end by it. */
export function killAgain(one: ProcessName): void {
  if (isSameProcess(one)) send(one.pid, 'SIGKILL');
}

/** Ends them at once, without looking twice. */
export function killNow(leader: number): void {
  killAll(leader, straysOf(leader));
}

/**
 * Ends those that start others all the time, without a process of our own: stopped, they cannot
 * start any while the next look finds who escaped the last; then all are killed.
 *
 * @param find looks for them; asked until it finds nobody new.
 * @returns how many there were.
 */
export async function killCrowd(find: () => ProcessEntry[]): Promise<number> {
  const seen = new Map<number, ProcessEntry>();
  const giveUpAt = performance.now() + CROWD_LIMIT_MS;
  // One that was just being born is found by the second look only.
  for (let quietLooks = 0; quietLooks < 2 && performance.now() < giveUpAt;) {
    const found = find().filter(({ pid }) => !seen.has(pid));
    quietLooks = found.length === 0 ? quietLooks + 1 : 0;
    for (const entry of found) {
      seen.set(entry.pid, entry);
      send(entry.pid, 'SIGSTOP');
    }
    // A table serves one turn of the event loop.
    await delay(5);
  }
  killAll(null, [...seen.values()]);
  return seen.size;
}

/** Some process of the group is alive, leader or not. */
export function isGroupAlive(leader: number): boolean {
  if (!send(-leader, 0)) return false;
  // The group also answers for processes that have ended and were not yet noticed.
  const table = readProcessTable();
  return table.length === 0 || table.some(({ group, zombie }) => group === leader && !zombie);
}

/** Members of the run that a signal to the group does not reach. */
function straysOf(leader: number | null): ProcessEntry[] {
  if (leader === null) return [];
  return membersOf(leader, readProcessTable()).filter(({ group }) => group !== leader);
}

function killAll(leader: number | null, strays: readonly ProcessEntry[]): void {
  if (leader !== null) send(-leader, 'SIGKILL');
  for (const stray of strays) if (isSameProcess(stray)) send(stray.pid, 'SIGKILL');
}

/** @returns false when there was nobody to send it to. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it exists, under a user that is not ours to signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Looks again and again, ever more rarely: no event tells of the end of somebody else's child. */
async function areGone(
  leader: number | null,
  strays: Iterable<ProcessEntry>,
  deadline: number,
  hurry: AbortSignal | null,
): Promise<boolean> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LAST_LOOK_MS)) {
    const groupAlive = leader !== null && isGroupAlive(leader);
    if (!groupAlive && ![...strays].some(isSameProcess)) return true;
    const left = deadline - performance.now();
    if (left <= 0 || hurry?.aborted) return false;
    await pauseFor(Math.min(pause, left), hurry);
  }
}

function pauseFor(ms: number, hurry: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      hurry?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    hurry?.addEventListener('abort', done);
  });
}
