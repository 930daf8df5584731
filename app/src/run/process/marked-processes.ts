import { readFileSync, statSync } from 'node:fs';
import { SUPERVISOR_VARIABLE } from '../../config/run-variables.ts';
import { isUserApart } from '../../processes/end-user-processes.ts';
import type { ProcessUser } from '../../processes/process-user.ts';
import type { ProcessEntry } from './process-table.ts';

/**
 * Whose environment names this supervisor, found without a process of our own: for when none can be
 * started. Where we may not read an environment (root without the right to trace), all processes of
 * a user that is the jobs' alone are taken for ours.
 */
export function markedProcesses(
  mark: string,
  users: readonly (ProcessUser | null)[],
  table: readonly ProcessEntry[],
): ProcessEntry[] {
  const variable = `${SUPERVISOR_VARIABLE}=${mark}`;
  const apart = new Set(users.flatMap((user) => (user && isUserApart(user) ? user.uid : [])));
  // Every refusal costs, and there are many processes when it matters.
  let mayRead = true;
  return table.filter(({ pid, zombie }) => {
    if (zombie || pid === process.pid) return false;
    const isTheirs = apart.size > 0 && apart.has(userOf(pid) ?? NOBODY);
    if (isTheirs && !mayRead) return true;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
    } catch {
      if (isTheirs) mayRead = false;
      return isTheirs;
    }
  });
}

/** No user's number. */
const NOBODY = -1;

export function userOf(pid: number): number | null {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? null;
}
