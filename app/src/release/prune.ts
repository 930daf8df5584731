import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deleteTree } from './ownership.ts';
import { listReleases, releaseDirectory } from './release.ts';
import { UNFINISHED, type StateVolume } from './state-volume.ts';

export interface PruneOptions {
  readonly volume: StateVolume;
  readonly keep: number;
  /** Revisions that are current, pinned, or still run something. */
  readonly inUse: ReadonlySet<string>;
}

/** Deletes the releases beyond the newest `keep`, and the dependencies that none is left to need. */
export async function pruneReleases(options: PruneOptions): Promise<string[]> {
  const { volume, keep, inUse } = options;
  const releases = await listReleases(volume);
  const kept = releases.filter(({ name }, place) => place < keep || inUse.has(name.revision));
  const doomed = releases.filter((release) => !kept.includes(release));
  for (const { name, directory } of doomed) {
    // The description goes first: what has none is no release, however far the deletion gets.
    await rm(`${releaseDirectory(volume, name.revision)}.json`, { force: true });
    await deleteTree(directory);
  }
  const needed = new Set(kept.flatMap(({ description }) => description.dependencySets));
  for (const hash of await readdir(volume.dependencies)) {
    if (needed.has(hash) || hash.startsWith(UNFINISHED)) continue;
    // Renamed first: a set that is half deleted must not count as installed.
    const doomedSet = join(volume.dependencies, `${UNFINISHED}${hash}`);
    await rename(join(volume.dependencies, hash), doomedSet);
    await deleteTree(doomedSet);
  }
  return doomed.map(({ name }) => name.revision);
}
