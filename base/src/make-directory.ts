import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { absent } from './absence.ts';

/**
 * Makes a directory and what is missing above it, as mkdir(1) with `-p`. Not by Node's `recursive`:
 * that spins for ever where the system answers ENOENT below a directory that is there, as below
 * /proc (Node 24).
 *
 * @param mode of all that is made, less the umask.
 */
export async function makeDirectory(path: string, mode: number = 0o777): Promise<void> {
  const isThere = async () => (await stat(path).catch(absent))?.isDirectory() ?? false;
  if (await isThere()) return;
  if (dirname(path) !== path) await makeDirectory(dirname(path), mode);
  await mkdir(path, { mode }).catch(async (error: unknown) => {
    // Another process may have been quicker.
    if (!(await isThere())) throw error;
  });
}
