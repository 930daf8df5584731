import { CodedError } from '@gitcron/base/coded-error';
import type { Outlook } from './dependencies/dependency-manager.ts';
import { InstallError } from './dependencies/install-error.ts';

/**
 * Whether the same revision can succeed later without anybody changing it: what a system call
 * answers (a full disk, a lack of memory, a permission) is the machine's doing and not the commit's.
 */
export function outlookOf(error: unknown): Outlook {
  if (error instanceof InstallError) return error.outlook;
  return isSystemError(error) ? 'transient' : 'permanent';
}

/** The failure as an error that says what to do. */
export function explainFailure(error: unknown, stateDirectory: string): unknown {
  if (!isSystemError(error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new CodedError('GITCRON_E_DISK_FULL', 'The disk of the state volume is full.', {
      place: stateDirectory,
      hint: 'Make room there, or lower KEEP_RELEASES. It is tried again by itself.',
      cause: error,
    });
  }
  return new CodedError('GITCRON_E_SYSTEM', 'The system refused what a release needs.', {
    place: error.path ?? stateDirectory,
    hint: 'Mend what the reason names. It is tried again by itself.',
    cause: error,
  });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
