import { buildTree } from './build-tree.ts';
import { fetchTarget, openClone } from './clone.ts';
import { withGit } from './git/git.ts';
import { describeCommit, publishTree, type PublishedCommit } from './publish.ts';
import { FULL_HASH, resolveRef } from './resolve-ref.ts';
import type { SyncSettings } from './settings.ts';
import { currentRevision, revisionPath, scratchPath, type Volume } from './volume.ts';

/** What one look at the remote led to. */
export type SyncResult =
  | { readonly change: 'none'; readonly hash: string }
  | {
      readonly change: 'published';
      readonly from: string | null;
      readonly commit: PublishedCommit;
    };

/** Looks at the remote once and publishes what is new. */
export async function syncOnce(
  settings: SyncSettings,
  volume: Volume,
  signal: AbortSignal,
): Promise<SyncResult> {
  const from = await currentRevision(volume);
  // A hash names the same commit for ever: nothing to ask.
  if (from !== null && from === settings.ref && FULL_HASH.test(from)) {
    return { change: 'none', hash: from };
  }
  return withGit(settings, signal, async (git) => {
    const target = await resolveRef(git, settings.remote, settings.ref);
    if (target.hash === from) return { change: 'none', hash: from };
    const gitDir = await openClone(git, volume);
    const hash = await fetchTarget(git, gitDir, settings, target);
    const commit = await describeCommit(git, gitDir, hash);
    const tree = scratchPath(volume, hash);
    const base = from === null ? null : { commit: from, directory: revisionPath(volume, from) };
    await buildTree({ git, gitDir, commit: hash, into: tree, base });
    await publishTree(volume, tree, commit);
    return { change: 'published', from, commit };
  });
}
