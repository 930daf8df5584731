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
  const describe = (gitDir: string) => describeCommit(git, gitDir, hash, url);
  const commit = await describe(volume.clone).catch(() =>
    createClones({ git, volume, log, strikes })
      .main(objectFormat(hash))
      .use(async (gitDir) => {
        const source = { url, depth: settings.depth };
        await fetchCommit(git, gitDir, source, { ref: null, hash });
        return describe(gitDir);
      }),
  );
  await writeRecord(volume, commit);
  log.warn(`wrote again what is known of ${hash.slice(0, 7)}: its .json was lost`);
}
