import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProcessUser } from '../../config/user.ts';
import { readProcess, type ProcessEntry } from './process-table.ts';

const run = promisify(execFile);

/**
 * The processes whose environment names this run: also those that left its process group and
 * session and lost their parent, as daemons do. Only a process that cleared its environment
 * escapes; where jobs have a user of their own, it ends when the supervisor stops or starts. Needs
 * Linux and grep; empty elsewhere.
 *
 * A supervisor without the right to trace may not read the environment of another user's
 * processes, so grep does it as the user that jobs run as.
 */
export async function findCarriers(
  runId: string,
  runAs: ProcessUser | null,
): Promise<ProcessEntry[]> {
  const pattern = `(^|\\x00)GITCRON_RUN_ID=${runId}(\\x00|$)`;
  const script = 'exec grep -lsaP -- "$1" /proc/[0-9]*/environ';
  let files: string;
  try {
    const { stdout } = await run('/bin/sh', ['-c', script, 'sh', pattern], {
      ...runAs,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      cwd: '/',
    });
    files = stdout;
  } catch (error) {
    // Exit status 1 is "none", 2 is "some could not be read": what was found counts.
    files = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
  const pids = [...files.matchAll(/^\/proc\/(\d+)\/environ$/gm)].map(([, pid]) => Number(pid));
  return pids.flatMap((pid) => readProcess(pid) ?? []).filter(({ zombie }) => !zombie);
}
