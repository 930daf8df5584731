import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from './content-hash.ts';
import { readRepositoryFile } from './repository-file.ts';

/** The crontab of a release. */
export async function readCrontab(
  release: string,
  cronFile: string,
  revision: string,
): Promise<FileContent> {
  const crontab = await readRepositoryFile(release, cronFile);
  if (crontab !== null) return crontab;
  throw new CodedError('GITCRON_E_NO_CRONTAB', `There is no ${cronFile} in the repository.`, {
    place: `${revision}:${cronFile}`,
    hint: 'Commit a crontab under this name, or set CRON_FILE to where it is.',
  });
}
