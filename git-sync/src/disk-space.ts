import { statfs } from 'node:fs/promises';
import { CodedError } from '@gitcron/base/coded-error';
import { GitFailure } from './git/run-git.ts';

/**
 * git passes an errno on as strerror(3)'s text only, which LC_ALL=C holds still; and by the time it has
 * ended it has deleted what filled the disk. git-lfs writes the same text in small letters.
 */
const FULL = [
  { code: 'ENOSPC', text: 'no space left on device' },
  { code: 'EDQUOT', text: 'disk quota exceeded' },
] as const;
/** Below this a file system is full for git's purposes. */
const FULL_BELOW_BYTES = 1024 * 1024;

/**
 * Whether something failed because the disk is full.
 *
 * @param neededBytes what it would have written, where that is known: git does not always say why a
 *   file could not be written, and has deleted its part of it.
 */
export async function isForWantOfSpace(
  error: unknown,
  directory: string,
  neededBytes = 0,
): Promise<boolean> {
  if (error instanceof GitFailure) {
    const said = error.stderr.toLowerCase();
    if (FULL.some(({ text }) => said.includes(text))) return true;
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return FULL.some(({ code }) => code === error.code);
  }
  const stats = await statfs(directory).catch(() => null);
  if (stats === null) return false;
  // Some file systems have no inodes to count and say 0 of 0.
  const noInodes = stats.files > 0 && stats.ffree === 0;
  return noInodes || stats.bavail * stats.bsize < Math.max(FULL_BELOW_BYTES, neededBytes);
}

export function diskFull(root: string, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_DISK_FULL', 'The volume is full.', {
    place: root,
    hint: 'Make room, or lower GIT_SYNC_KEEP. What was published last stays in place.',
    cause,
  });
}
