import { ExecaError } from 'execa';
import { InstallError } from './dependencies/run-install.ts';

/** What a full disk, a busy machine or an unreliable volume answers (errno(3)). */
const PASSING_ERRORS: ReadonlySet<unknown> = new Set([
  'EAGAIN',
  'EBUSY',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'ESTALE',
  'ETIMEDOUT',
]);

/** Whether the same revision can succeed later without anybody changing it. */
export function isTransient(error: unknown): boolean {
  if (error instanceof InstallError) return error.transient;
  // cp, chmod, chown: they fail for the disk and never for what is in the repository.
  if (error instanceof ExecaError) return true;
  return error instanceof Error && 'code' in error && PASSING_ERRORS.has(error.code);
}
