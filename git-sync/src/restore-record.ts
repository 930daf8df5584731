import { createClones } from './clones.ts';
import { describeCommit } from './describe-commit.ts';
import { fetchCommit } from './fetch-commit.ts';
import { objectFormat } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import { writeRecord } from './revisions.ts';
import type { SyncContext } from './sync-once.ts';

/** Writes a lost `revisions/<hash>.json` anew, from the clone or else from the remote. */
export async function restoreRecord(
  { settings, volume, log, strikes }: SyncContext,
  git: Git,
  hash: string,
): Promise<void> {
  const { url } = settings.remote;
  const clone = createClones({ git, volume, log, strikes }).main(objectFormat(hash));
  const commit = await clone.use(async (gitDir) => {
    const describe = () => describeCommit(git, gitDir, hash, url);
    return describe().catch(async () => {
      const source = { url, depth: settings.depth };
      await fetchCommit(git, gitDir, source, { ref: null, hash });
      return describe();
    });
  });
  await writeRecord(volume, commit);
  log.warn(`wrote again what is known of ${hash.slice(0, 7)}: its .json was lost`);
}
