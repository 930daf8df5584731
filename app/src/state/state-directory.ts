import { makeDirectory } from '@gitcron/base/make-directory';
import { access, constants } from 'node:fs/promises';
import { CodedError } from '@gitcron/base/coded-error';

/**
 * Makes a directory to keep state in, where it is missing.
 * @throws CodedError GITCRON_E_STATE_DIRECTORY when this user cannot write there.
 */
export async function ensureStateDirectory(path: string, mode: number): Promise<string> {
  try {
    await makeDirectory(path, mode);
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    throw unusableStateDirectory(path, cause);
  }
}

export function unusableStateDirectory(path: string, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_STATE_DIRECTORY', 'The state directory cannot be used.', {
    place: path,
    hint: 'It has to be a directory that this user owns and may write to, on a disk that is not read-only. Its place is set by --state (npm start, gitcron cron) or STATE_DIR (gitcron supervise outside of the stack).',
    cause,
  });
}
