import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { coalesced, type Coalesced } from '@gitcron/base/coalesced';
import type { ProcessUser } from '../../processes/process-user.ts';
import { readProcess, type ProcessEntry } from './process-table.ts';

const run = promisify(execFile);

/** Process ids by the run that their environment names. */
type Carriers = ReadonlyMap<string, readonly number[]>;

/** By user. One scan answers all who asked before it began: hundreds, at a shutdown. */
const scans = new Map<string, Coalesced<Carriers>>();

/**
 * The processes whose environment names this run (or this supervisor, by its mark): also those that left its process group and
 * session and lost their parent, as daemons do. Only a process that cleared its environment
 * escapes; where jobs have a user of their own, it ends when the supervisor stops or starts. Needs
 * Linux and grep; empty elsewhere.
 */
export async function findCarriers(
  runId: string,
  runAs: ProcessUser | null,
): Promise<ProcessEntry[]> {
  const user = runAs === null ? '' : `${runAs.uid}:${runAs.gid}`;
  const scan = scans.get(user) ?? coalesced(() => scanEnvironments(runAs));
  scans.set(user, scan);
  const pids = (await scan.run()).get(runId) ?? [];
  return pids.flatMap((pid) => readProcess(pid) ?? []).filter(({ zombie }) => !zombie);
}

/**
 * A supervisor without the right to trace may not read the environment of another user's
 * processes, so grep does it as the user that jobs run as.
 */
async function scanEnvironments(runAs: ProcessUser | null): Promise<Carriers> {
  const pattern = String.raw`(^|\x00)GITCRON_(RUN_ID|SUPERVISOR)=\K[0-9a-f-]{36}(?=\x00|$)`;
  const script = 'exec grep -Hsaoe "$1" -P /proc/[0-9]*/environ';
  let found: string;
  try {
    const { stdout } = await run('/bin/sh', ['-c', script, 'sh', pattern], {
      ...runAs,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      cwd: '/',
    });
    found = stdout;
  } catch (error) {
    // Exit status 1 is "none", 2 is "some could not be read": what was found counts.
    found = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
  const carriers = new Map<string, number[]>();
  for (const [, pid, runId = ''] of found.matchAll(/^\/proc\/(\d+)\/environ:(.{36})$/gm)) {
    carriers.set(runId, [...(carriers.get(runId) ?? []), Number(pid)]);
  }
  return carriers;
}
