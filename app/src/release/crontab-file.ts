import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../errors.ts';
import type { FileContent } from './content-hash.ts';
import { isAbsence } from './revision.ts';

/** The crontab of a release. */
export async function readCrontab(
  release: string,
  cronFile: string,
  revision: string,
): Promise<FileContent> {
  try {
    return { path: cronFile, bytes: await readFile(join(release, cronFile)) };
  } catch (error) {
    if (!isAbsence(error)) throw error;
    throw new CodedError('GITCRON_E_NO_CRONTAB', `There is no ${cronFile} in the repository.`, {
      place: `${revision}:${cronFile}`,
      hint: 'Commit a crontab under this name, or set CRON_FILE to where it is.',
      cause: error,
    });
  }
}
