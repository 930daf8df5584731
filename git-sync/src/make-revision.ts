import { mkdir } from 'node:fs/promises';
import { addSubmodules } from './add-submodules.ts';
import type { Clones } from './clones.ts';
import { describeCommit } from './describe-commit.ts';
import { fetchCommit } from './fetch-commit.ts';
import { FULL_HASH, objectFormat, type ObjectFormat } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import { readUsable, type Inventory, type Stock, type TreeRecord } from './inventory.ts';
import { lfsVersion } from './lfs.ts';
import type { Logger } from '@gitcron/base/log';
import { plantTree } from './plant-tree.ts';
import type { Target } from './resolve-ref.ts';
import type { PublishedCommit } from './revisions.ts';
import type { SyncSettings } from './settings.ts';
import { verifySignature } from './verify-signature.ts';
import { removeTree, scratchPath, type Volume } from './volume.ts';
import { volumeTimeBehindUs } from './volume-time.ts';

/** What a revision is made with. */
export interface Making {
  readonly git: Git;
  readonly clones: Clones;
  readonly settings: SyncSettings;
  readonly volume: Volume;
  readonly log: Logger;
  /** See `lfsVersion`; asked beside the fetch. */
  readonly lfs: Promise<string | null>;
  /** How the revision was made whose files can be shared. */
  readonly shared: Inventory | null;
  /** The inventory of this one, as it grows. */
  readonly trees: Map<string, TreeRecord>;
}

/** A revision that is whole, and not in its place yet. */
export interface MadeRevision {
  readonly commit: PublishedCommit;
  readonly tree: string;
  /** See `writeInventory`. */
  readonly stock: Stock;
}

/** Fetches, verifies and builds a commit with its submodules. */
export async function makeRevision(
  parts: Pick<Making, 'git' | 'clones' | 'settings' | 'volume' | 'log'>,
  target: Target,
): Promise<MadeRevision> {
  const { git, clones, settings, volume } = parts;
  const lfs = lfsVersion(git);
  // Whoever waits for it gets the failure; nobody does when the fetch has failed before.
  lfs.catch(() => {});
  const shared = await readUsable(volume);
  const making: Making = { ...parts, lfs, shared, trees: new Map() };
  const { url } = settings.remote;
  const tree = scratchPath(volume, 'tree');
  await mkdir(tree);
  try {
    const clone = clones.main(await formatOf(git, url, target));
    const { commit, submodules } = await clone.use(async (gitDir) => {
      const hash = await fetchCommit(git, gitDir, { url, depth: settings.depth }, target);
      if (settings.signersFile !== null) {
        await verifySignature(git, volume, gitDir, hash, settings.signersFile);
      }
      const [described, found] = await Promise.all([
        describeCommit(git, gitDir, hash, url),
        plantTree(making, { gitDir, url, commit: hash, into: tree, at: '' }),
      ]);
      return { commit: described, submodules: found };
    });
    await addSubmodules(making, { url, into: tree, at: '' }, submodules);
    return { commit, tree, stock: { takenAt: volumeTimeBehindUs(volume), trees: making.trees } };
  } catch (error) {
    await removeTree(tree);
    throw error;
  }
}

/** A short hash does not say; all that the remote has is of one format. */
async function formatOf(git: Git, url: string, { hash }: Target): Promise<ObjectFormat> {
  if (FULL_HASH.test(hash)) return objectFormat(hash);
  const answer = await git.runRemote(['ls-remote', '--', url]);
  const [known = ''] = answer.toString('latin1').split('\t');
  return objectFormat(known);
}
