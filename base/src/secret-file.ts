import { CodedError } from './coded-error.ts';
import { readRegularFileSync } from './regular-file.ts';

/**
 * Reads a file that a setting names, at the moment it is needed.
 *
 * @throws CodedError GITCRON_E_SECRET_FILE when it went missing or cannot be read.
 */
export function readSecretFile(setting: string, path: string): string {
  try {
    return readRegularFileSync(path).toString('utf8');
  } catch (cause) {
    throw new CodedError('GITCRON_E_SECRET_FILE', `The file of ${setting} cannot be read.`, {
      place: path,
      hint: `Put the file back and let this user read it: ${letRead(path)}. It is read at each use, so no restart is needed.`,
      cause,
    });
  }
}

/** The commands after which this process, and nobody else, may read the file. In a container it may have another path. */
export function letRead(path: string): string {
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
  return `chown ${process.getuid?.() ?? 'USER'} ${quoted} && chmod 0400 ${quoted}`;
}
