import { buildTree } from './build-tree.ts';
import { trustOf } from './inventory.ts';
import { lfsFilters } from './lfs.ts';
import type { Making } from './make-revision.ts';
import { readSubmodules, type Submodule } from './read-submodules.ts';
import type { SharedTree } from './share-files.ts';
import { inside, revisionPath } from './volume.ts';

/** The main repository, or one of its submodules, at a commit and in its place. */
export interface Planted {
  readonly gitDir: string;
  readonly url: string;
  readonly commit: string;
  /** An empty directory, or one with what is left of a try before. */
  readonly into: string;
  /** Where it is in the revision; `''` is the main repository. */
  readonly at: string;
}

/** Builds one repository's tree. @returns the submodules in it, whose directories are empty. */
export async function plantTree(making: Making, planted: Planted): Promise<readonly Submodule[]> {
  const { git, volume, settings, lfs, trees } = making;
  const { gitDir, url, commit, into, at } = planted;
  const filters = lfsFilters(await lfs, url, settings.silenceMs);
  const shared = sharedTree(making, Buffer.from(at));
  const built = await buildTree({ git, volume, gitDir, commit, into, shared, filters });
  trees.set(keyOf(Buffer.from(at)), built.record);
  return readSubmodules(git, planted, built.gitlinks);
}

function sharedTree({ volume, shared }: Making, at: Buffer): SharedTree | null {
  const inventory = shared?.trees.get(keyOf(at));
  if (!shared || inventory === undefined) return null;
  const directory = inside(Buffer.from(revisionPath(volume, shared.revision)), at);
  return { directory, inventory, isTrusted: trustOf(volume, shared) };
}

function keyOf(path: Buffer): string {
  return path.toString('latin1');
}
