import { execa } from 'execa';
import type { ProcessUser } from '../../processes/process-user.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';

/** Where package managers keep their downloads for the next install. */
export interface DownloadCache {
  readonly directory: string;
  /** More than this is too much for one manager. */
  readonly limitMib: number;
}

/** A large set of dependencies is some hundred MiB; this is several of them. */
export const CACHE_LIMIT_MIB = 2048;

const PATIENCE_MS = 30_000;

/**
 * Deletes what a manager has kept, as the user who installs, when it is more than the limit: the
 * managers delete nothing themselves. All of it, because they alone could tell what is old; what
 * is still wanted is downloaded once more. An install works with a full cache and without any, so
 * a failure is no more than said.
 */
export async function emptyLargeCache(
  paths: readonly string[],
  limitMib: number,
  user: ProcessUser | undefined,
  logger: Logger,
): Promise<void> {
  const as = { ...user, timeout: PATIENCE_MS };
  // What is not there yet makes it fail, but not its total, which is the last line.
  const { stdout } = await execa('du', ['-skc', '--', ...paths], { ...as, reject: false });
  const [kib = ''] = stdout?.split('\n').at(-1)?.split('\t') ?? [];
  const mib = Math.round(Number(kib) / 1024);
  if (!(mib > limitMib)) return;
  logger.info(
    `Emptying ${paths.join(', ')}: ${mib} MiB of downloads are more than ${limitMib} MiB.`,
  );
  try {
    await execa('rm', ['-rf', '--', ...paths], as);
  } catch (error) {
    logger.warn(errorFields(error), 'The downloads of earlier installs could not be deleted.');
  }
}
