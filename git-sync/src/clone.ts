import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from 'simple-git';
import { absent } from '@gitcron/base/absence';
import { CodedError } from '@gitcron/base/coded-error';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import type { Logger } from '@gitcron/base/log';
import { discard, isDirectory, removeTree, scratchPath, type Volume } from './volume.ts';

/**
 * Lends `use` a bare repository to fetch into.
 *
 * The clone is only a cache. When `use` fails in it and it turns out to be damaged, a new one is made
 * beside it and takes its place once `use` has succeeded there.
 */
export async function withClone<Result>(
  git: Git,
  volume: Volume,
  log: Logger,
  use: (gitDir: string) => Promise<Result>,
): Promise<Result> {
  if (await isDirectory(volume.clone)) {
    try {
      await removeLeftovers(volume.clone);
      return await use(volume.clone);
    } catch (error) {
      await removeLeftovers(volume.clone);
      if (!(await isDamaged(git, volume.clone, error))) throw error;
      log.warn('the clone is damaged: making a new one; what is published stays');
    }
  }
  return withNewClone(git, volume, use);
}

async function withNewClone<Result>(
  git: Git,
  volume: Volume,
  use: (gitDir: string) => Promise<Result>,
): Promise<Result> {
  const gitDir = scratchPath(volume, 'clone');
  try {
    await git.run(['init', '--quiet', '--bare', gitDir]);
    const result = await use(gitDir);
    if (await isDirectory(volume.clone)) await discard(volume, volume.clone);
    await rename(gitDir, volume.clone);
    return result;
  } finally {
    await removeTree(gitDir);
  }
}

/** Packs what many small fetches left behind. Costs next to nothing when there is nothing to do. */
export async function tidyClone(git: Git, volume: Volume): Promise<void> {
  // Unchanged large files are shared with the revision before, so their cache is not needed again.
  await removeTree(join(volume.clone, 'lfs'));
  try {
    await git.run(['gc', '--auto', '--quiet'], { gitDir: volume.clone });
  } catch (error) {
    // What cannot be packed would grow for ever; the next fetch makes a new clone.
    if (error instanceof GitFailure && error.end === 'exit') await discard(volume, volume.clone);
    throw error;
  }
}

/** Nobody else works in the clone, so every lock and every temporary file in it is a dead git's. */
async function removeLeftovers(gitDir: string): Promise<void> {
  const entries = (await readdir(gitDir, { recursive: true }).catch(absent)) ?? [];
  const leftovers = entries.filter((path) =>
    /\.lock$|(?:^|\/)objects\/(?:[^/]+\/)?tmp_[^/]+$/.test(path),
  );
  for (const path of leftovers) await removeTree(join(gitDir, path));
}

/** Only an unexplained end of git raises the question; git-fsck(1) answers it. */
async function isDamaged(git: Git, gitDir: string, error: unknown): Promise<boolean> {
  const cause = error instanceof CodedError ? error.cause : error;
  const unexplained =
    cause instanceof GitError || (cause instanceof GitFailure && cause.end === 'exit');
  if (!unexplained || git.stopped()) return false;
  try {
    await git.run(['fsck', '--no-dangling', '--no-progress'], { gitDir });
    return false;
  } catch (failure) {
    if (failure instanceof GitFailure && failure.end === 'exit') return true;
    throw failure;
  }
}
