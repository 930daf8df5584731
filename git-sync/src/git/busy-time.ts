import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that the processes of a session, with those that have ended, have used up to now, in ticks
 * (proc_pid_stat(5)); null where there is no proc(5) to say.
 */
export function busyTimeOf(leader: number): number | null {
  let ticks: number | null = null;
  for (const name of pids()) {
    const [, , , session, , , , , , , , utime, stime, cutime, cstime] = statOf(name);
    if (session !== leader) continue;
    ticks = [utime, stime, cutime, cstime].reduce((sum: number, of = 0) => sum + of, ticks ?? 0);
  }
  return ticks;
}

function pids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The fields behind the name, which is in parentheses and may hold anything. */
function statOf(pid: string): number[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return [];
  }
}
