import { makeDirectory } from '@gitcron/base/make-directory';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';

/** A socket's path may have 107 bytes at most, 103 on a Mac (unix(7)). */
const LONGEST_PATH = process.platform === 'darwin' ? 103 : 107;

/** Where a server's socket is: nobody but its user gets in. */
export interface SocketDirectory {
  readonly path: string;
  /** Takes away what does not belong to the data. */
  remove(): Promise<void>;
}

/**
 * Makes it below `parent`, or where temporary files are if the socket's path would be too long there.
 *
 * @param socketName the longest name that a socket in it will have.
 * @throws CodedError GITCRON_E_SOCKET_PATH
 */
export async function makeSocketDirectory(
  parent: string,
  socketName: string,
): Promise<SocketDirectory> {
  const fits = (directory: string) =>
    Buffer.byteLength(join(directory, socketName)) <= LONGEST_PATH;
  const beside = join(parent, 'socket');
  if (fits(beside)) {
    await makeDirectory(beside, 0o700);
    await chmod(beside, 0o700);
    return { path: beside, remove: async () => {} };
  }
  const prefix = join(tmpdir(), 'gitcron-');
  if (!fits(`${prefix}XXXXXX`)) {
    throw new CodedError(
      'GITCRON_E_SOCKET_PATH',
      'The path of the database’s socket is too long.',
      {
        place: `${beside}, or else ${tmpdir()}`,
        hint: `The system allows ${LONGEST_PATH} bytes. Keep the state elsewhere (--state), or set TMPDIR to a short path.`,
      },
    );
  }
  // A name that nobody can know before, and mode 0700 from the first moment.
  const path = await mkdtemp(prefix);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
