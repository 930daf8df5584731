import { readdirSync, readFileSync } from 'node:fs';

/** Between two boots no two processes have the same. */
export interface ProcessName {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startTicks: number;
}

/** One process, as `/proc/PID/stat` describes it (proc_pid_stat(5)). */
export interface ProcessEntry extends ProcessName {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** How many threads it has, itself among them. */
  readonly threads: number;
  /** It has ended and waits for its parent to notice. */
  readonly zombie: boolean;
}

let lastTable: readonly ProcessEntry[] | null = null;

/**
 * The processes of this machine or container; empty where there is no `/proc`. One look serves all
 * who ask in the same turn of the event loop: at a shutdown each of hundreds of runs asks.
 */
export function readProcessTable(): readonly ProcessEntry[] {
  if (lastTable === null) {
    lastTable = processIds().flatMap((pid) => readProcess(pid) ?? []);
    setImmediate(() => {
      lastTable = null;
    });
  }
  return lastTable;
}

/** Null when there is no such process, or no `/proc`. */
export function readProcess(pid: number): ProcessEntry | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : parseStat(stat);
}

/** It is there still; its number was not given to another one meanwhile. */
export function isSameProcess({ pid, startTicks }: ProcessName): boolean {
  const now = readProcess(pid);
  return now !== null && now.startTicks === startTicks && !now.zombie;
}

function parseStat(stat: string): ProcessEntry | null {
  // The second field is the program's name in parentheses, and may itself contain anything.
  const afterName = stat.lastIndexOf(') ');
  const [state, ...numbers] = stat.slice(afterName + 2).split(' ');
  const [parent, group, session] = numbers.map(Number);
  const startTicks = Number(numbers[18]);
  const threads = Number(numbers[16]);
  const pid = Number.parseInt(stat, 10);
  if (afterName === -1 || session === undefined || Number.isNaN(startTicks)) return null;
  if (parent === undefined || group === undefined) return null;
  const zombie = state === 'Z' || state === 'X';
  return { pid, parent, group, session, startTicks, threads, zombie };
}

/**
 * Who belongs to the run that `leader` leads: its process group, its session, and every descendant
 * whose chain of parents still reaches one of these, even in a session of its own.
 */
export function membersOf(leader: number, table: readonly ProcessEntry[]): ProcessEntry[] {
  const children = Map.groupBy(table, ({ parent }) => parent);
  const members = new Map<number, ProcessEntry>();
  const toVisit = table.filter(
    ({ pid, group, session }) => pid === leader || group === leader || session === leader,
  );
  for (let entry = toVisit.pop(); entry !== undefined; entry = toVisit.pop()) {
    if (members.has(entry.pid)) continue;
    members.set(entry.pid, entry);
    toVisit.push(...(children.get(entry.pid) ?? []));
  }
  return [...members.values()].filter(({ zombie }) => !zombie);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // A system without /proc: process groups are all there is to go by.
    return [];
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended between the listing and the look.
    return null;
  }
}
