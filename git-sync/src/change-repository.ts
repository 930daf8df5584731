import { rm } from 'node:fs/promises';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { isSameRepository } from '@gitcron/base/same-repository';
import { isOf, listRevisions, readRevision, writeRecord } from './revisions.ts';
import { readRepository } from './status.ts';
import { currentRevision, syncDirectory, type Volume } from './volume.ts';

/**
 * What another repository left in the volume must not be run as this one's: its records get its name,
 * and `current` goes until there is a commit of this one. Its revisions stay until they are pruned.
 *
 * @param announce writes the new status: a reader that finds no link can tell why from it.
 */
export async function changeRepository(
  volume: Volume,
  url: string,
  log: Logger,
  announce: () => Promise<void>,
): Promise<void> {
  const before = await readRepository(volume);
  if (before !== null && !isSameRepository(before, url)) await nameRecords(volume, before, log);
  await announce();
  const hash = await currentRevision(volume);
  const commit = hash === null ? null : await readRevision(volume, hash);
  if (commit === null || isOf(commit, url)) return;
  await rm(volume.current);
  await syncDirectory(volume.root);
  log.warn(
    `the repository is another one now: ${commit.hash.slice(0, 7)} of ${commit.repository} is not shown any more`,
  );
}

/** Records of versions that did not say where a commit came from. */
async function nameRecords(volume: Volume, repository: string, log: Logger): Promise<void> {
  for (const commit of await listRevisions(volume)) {
    if (commit.repository !== null) continue;
    await writeRecord(volume, { ...commit, repository }).catch((error: unknown) => {
      log.warn(errorFields(error), 'where a commit came from could not be written');
    });
  }
}
