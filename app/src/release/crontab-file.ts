import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from './content-hash.ts';
import type { Release } from './release.ts';
import { readRepositoryFile } from './repository-file.ts';

/**
 * The crontab of a release, read once: what was checked while the release was prepared is what comes
 * into force with it. `schedule` knows what the `content` is; this room only carries it.
 */
export interface ReadCrontab<Content> {
  readonly file: FileContent;
  readonly content: Content;
}

/** A release and the crontab that comes into force with it. */
export interface RunnableRelease<Content> {
  readonly release: Release;
  readonly crontab: ReadCrontab<Content>;
}

export interface CrontabOptions<Content> {
  readonly cronFile: string;
  /** Throws what is wrong with a crontab. */
  readonly parseCrontab: (file: FileContent) => Content;
}

/**
 * @param known - what was read before: parsed again only where the file says something else by now.
 * @throws CodedError when there is none; what `parseCrontab` throws.
 */
export async function readCrontab<Content>(
  directory: string,
  revision: string,
  { cronFile, parseCrontab }: CrontabOptions<Content>,
  known: ReadCrontab<Content> | null = null,
): Promise<ReadCrontab<Content>> {
  const file = await readRepositoryFile(directory, cronFile);
  if (file === null) {
    throw new CodedError('GITCRON_E_NO_CRONTAB', `There is no ${cronFile} in the repository.`, {
      place: `${revision}:${cronFile}`,
      hint: 'Commit a crontab under this name, or set CRON_FILE to where it is.',
    });
  }
  if (known !== null && Buffer.compare(known.file.bytes, file.bytes) === 0) return known;
  return { file, content: parseCrontab(file) };
}

/** @throws what `readCrontab` throws. */
export async function withCrontab<Content>(
  release: Release,
  options: CrontabOptions<Content>,
): Promise<RunnableRelease<Content>> {
  const crontab = await readCrontab(release.directory, release.name.revision, options);
  return { release, crontab };
}
