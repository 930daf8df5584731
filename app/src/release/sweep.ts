import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deleteTree } from './ownership.ts';
import { UNFINISHED, type StateVolume } from './state-volume.ts';

/**
 * Deletes what a predecessor had not finished when it died. Call it before anything is prepared.
 * A release is a directory with a description beside it; neither counts without the other.
 */
export async function removeUnfinished(volume: StateVolume): Promise<void> {
  const inReleases = new Set(await readdir(volume.releases));
  await remove(volume.releases, inReleases, (name) =>
    name.endsWith('.json')
      ? !inReleases.has(name.slice(0, -'.json'.length))
      : !inReleases.has(`${name}.json`),
  );
  await remove(volume.dependencies, await readdir(volume.dependencies), isUnfinished);
  await remove(volume.root, await readdir(volume.root), isUnfinished);
}

/** A file that write-file-atomic was about to rename: it adds a number to the name. */
const HALF_WRITTEN = /\.(jsonl?|sha256|txt)(\.good)?\.\d+$/;

function isUnfinished(name: string): boolean {
  return name.startsWith(UNFINISHED) || HALF_WRITTEN.test(name);
}

async function remove(
  directory: string,
  names: Iterable<string>,
  isDoomed: (name: string) => boolean,
): Promise<void> {
  for (const name of names) if (isDoomed(name)) await deleteTree(join(directory, name));
}
