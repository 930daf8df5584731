import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileContent } from '../content-hash.ts';
import { isAbsence } from '../revision.ts';

/** The named files of a directory that exist, with their repository paths. */
export async function readIfPresent(
  release: string,
  directory: string,
  names: readonly string[],
): Promise<FileContent[]> {
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      try {
        return { path, bytes: await readFile(join(release, path)) };
      } catch (error) {
        if (isAbsence(error)) return null;
        throw error;
      }
    }),
  );
  return files.filter((file) => file !== null);
}
