import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import { isAbsence } from '@gitcron/base/absence';
import type { FileContent } from './content-hash.ts';

/** No manifest, lockfile or crontab is larger; a repository must not be able to fill our memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a file of a release; null when there is none.
 *
 * A repository may contain links to anywhere, and the supervisor may read what jobs may not: only
 * a regular file that really lies inside the release is read.
 *
 * @throws CodedError GITCRON_E_NOT_A_FILE
 */
export async function readRepositoryFile(
  release: string,
  path: string,
): Promise<FileContent | null> {
  try {
    const [root, file] = await Promise.all([realpath(release), realpath(join(release, path))]);
    const isOutside = relative(root, file).split('/')[0] === '..';
    if (isOutside) throw notAFile(path, 'is a link to something outside the repository');
    // Not blocking, because opening a named pipe would wait for its writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw notAFile(path, 'is not a regular file');
      if (stats.size > MAX_BYTES) throw notAFile(path, 'is larger than 64 MiB');
      return { path, bytes: await handle.readFile() };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

function notAFile(path: string, problem: string): CodedError {
  return new CodedError('GITCRON_E_NOT_A_FILE', `${path} ${problem}.`, {
    place: path,
    hint: 'Commit the file itself under this name.',
  });
}

/** The named files of a directory of a release that exist. */
export async function readIfPresent(
  release: string,
  directory: string,
  names: readonly string[],
): Promise<FileContent[]> {
  const files = await Promise.all(
    names.map((name) => readRepositoryFile(release, join(directory, name))),
  );
  return files.filter((file) => file !== null);
}
