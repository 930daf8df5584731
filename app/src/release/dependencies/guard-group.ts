import { execa } from 'execa';
import { isUserApart } from '../../processes/end-user-processes.ts';
import type { ProcessUser } from '../../processes/process-user.ts';

/** The end of its input is the signal: it comes when the supervisor closes it, and when it dies. */
const GUARD = 'read -r _; kill -KILL "$1"';

/**
 * Sees to it that no process of a group outlives its install, or the supervisor, even one that is
 * killed with SIGKILL: an install that goes on would write into what the next start clears away.
 * Where installs have a user of their own, that goes for all its processes, in whatever group.
 *
 * @returns a function that kills what is left.
 */
export function guardGroup(groupId: number, user: ProcessUser | undefined): () => Promise<void> {
  const doomed = user !== undefined && isUserApart(user) ? '-1' : `-${groupId}`;
  const guard = execa('/bin/sh', ['-c', GUARD, 'gitcron-install-guard', doomed], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    // Of a group of its own, so that Ctrl-C leaves it its work.
    detached: true,
    // Usually nothing is left, and `kill` fails.
    reject: false,
    extendEnv: false,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  return async () => {
    guard.stdin.end();
    await guard;
  };
}
