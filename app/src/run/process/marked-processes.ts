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
  runAs: ProcessUser | null,
  table: readonly ProcessEntry[],
): ProcessEntry[] {
  const variable = `${SUPERVISOR_VARIABLE}=${mark}`;
  return table.filter(({ pid, zombie }) => {
    if (zombie || pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
    } catch {
      return runAs !== null && isUserApart(runAs) && userOf(pid) === runAs.uid;
    }
  });
}

function userOf(pid: number): number | null {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? null;
}
