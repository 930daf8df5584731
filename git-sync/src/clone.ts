import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './git/git.ts';
import type { Target } from './resolve-ref.ts';
import type { SyncSettings } from './settings.ts';
import { absent, discard, isDirectory, removeTree, scratchPath, type Volume } from './volume.ts';

/** What we asked for last; keeps its commit from being collected. */
const TIP = 'refs/gitcron/tip';

/** Makes sure that there is a bare repository to fetch into. */
export async function openClone(git: Git, volume: Volume): Promise<string> {
  if (!(await isDirectory(volume.clone))) await createClone(git, volume);
  await removeLeftovers(volume.clone);
  return volume.clone;
}

async function createClone(git: Git, volume: Volume): Promise<void> {
  const scratch = scratchPath(volume, 'clone');
  await git.run(['init', '--quiet', '--bare', scratch]);
  await rename(scratch, volume.clone);
}

/** @returns the hash of the commit that the target's ref has now. */
export async function fetchTarget(
  git: Git,
  gitDir: string,
  settings: SyncSettings,
  target: Target,
): Promise<string> {
  const depth = settings.depth === 0 ? [] : [`--depth=${settings.depth}`];
  await git.runRemote(
    [
      'fetch',
      '--progress',
      '--force',
      '--no-tags',
      '--no-write-fetch-head',
      ...depth,
      '--',
      settings.remote.url,
      `+${target.ref ?? target.hash}:${TIP}`,
    ],
    { gitDir },
  );
  return git.at(gitDir).revparse([`${TIP}^{commit}`]);
}

/** Nobody else works in the clone, so every lock and every temporary file in it is a dead git's. */
async function removeLeftovers(gitDir: string): Promise<void> {
  const entries = (await readdir(gitDir, { recursive: true }).catch(absent)) ?? [];
  const leftovers = entries.filter(
    (path) => path.endsWith('.lock') || /(?:^|\/)tmp_[^/]+$/.test(path),
  );
  for (const path of leftovers) await removeTree(join(gitDir, path));
}

/** Puts a broken clone out of the way; what is published stays. */
export async function discardClone(volume: Volume): Promise<void> {
  if (await isDirectory(volume.clone)) await discard(volume, volume.clone);
}
