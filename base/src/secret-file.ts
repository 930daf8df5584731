import { readFileSync } from 'node:fs';
import { CodedError } from './coded-error.ts';

/**
 * Reads a file that a setting names, at the moment it is needed.
 *
 * @throws CodedError GITCRON_E_SECRET_FILE when it went missing or cannot be read.
 */
export function readSecretFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CodedError('GITCRON_E_SECRET_FILE', `The file of ${setting} cannot be read.`, {
      place: path,
      hint: 'Put the file back and let this user read it. It is read at each use, so no restart is needed.',
      cause,
    });
  }
}
