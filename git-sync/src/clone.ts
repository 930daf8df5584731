import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { GitError } from 'simple-git';
import { absent } from '@gitcron/base/absence';
import { CodedError } from '@gitcron/base/coded-error';
import type { ObjectFormat } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import { isRefTrouble } from './fetch-commit.ts';
import { GitFailure } from './git/run-git.ts';
import type { Logger } from '@gitcron/base/log';
import { discard, isDirectory, isThere, removeTree, scratchPath, type Volume } from './volume.ts';

/** A bare repository to fetch into: a cache, whether of the main repository or of a submodule. */
export interface Clone {
  /**
   * Lends it to `work`. When `work` fails in it and it turns out to be of no use, `work` gets a new
   * one, made beside it, which takes its place once `work` has succeeded there.
   */
  use<Result>(work: (gitDir: string) => Promise<Result>): Promise<Result>;
  /** Packs what many small fetches left behind. Costs next to nothing when there is nothing to do. */
  tidy(): Promise<void>;
  /**
   * Deletes the cache of large files: those that do not change are shared with the revision before.
   * Until a commit is published the next try goes on with what this one had of it.
   */
  dropLargeFiles(): Promise<void>;
}

export interface CloneOptions {
  readonly git: Git;
  readonly volume: Volume;
  readonly log: Logger;
  readonly path: string;
  /** In the log: `the clone`. */
  readonly name: string;
  readonly format: ObjectFormat;
}

export function cloneAt(options: CloneOptions): Clone {
  const { git, volume, log, path, name } = options;
  return {
    async use(work) {
      if (await isDirectory(path)) {
        try {
          await removeLeftovers(path);
          return await work(path);
        } catch (error) {
          await removeLeftovers(path).catch(() => {});
          if (!(await isOfNoUse(options, error))) throw error;
          log.warn(`${name} is damaged: making a new one; what is published stays`);
        }
      }
      return useNew(options, work);
    },
    async tidy() {
      if (!(await isDirectory(path))) return;
      try {
        await git.run(['gc', '--auto', '--quiet'], { gitDir: path });
      } catch (error) {
        // What cannot be packed would grow for ever; the next fetch makes a new clone.
        if (error instanceof GitFailure && error.end === 'exit') await discard(volume, path);
        throw error;
      }
    },
    dropLargeFiles: () => removeTree(join(path, 'lfs')),
  };
}

async function useNew<Result>(
  { git, volume, path, format }: CloneOptions,
  work: (gitDir: string) => Promise<Result>,
): Promise<Result> {
  const gitDir = scratchPath(volume, 'clone');
  try {
    await git.run(['init', '--quiet', '--bare', `--object-format=${format}`, gitDir]);
    const result = await work(gitDir);
    // Whatever is in its place, also what no clone ever was.
    if (await isThere(path)) await discard(volume, path);
    await makeParent(volume, path);
    await rename(gitDir, path);
    return result;
  } finally {
    await removeTree(gitDir);
  }
}

async function makeParent(volume: Volume, path: string): Promise<void> {
  const parent = dirname(path);
  if (await isDirectory(parent)) return;
  if (await isThere(parent)) await discard(volume, parent);
  await mkdir(parent);
}

/**
 * What a git that was killed leaves in a repository: locks, half of a pack or an object, the mark and the
 * last words of a gc, which keep the next one from its work. Branches have names that look like these,
 * so most are known by their place.
 */
const LEFTOVER =
  /\.lock$|^(?:gc\.pid|gc\.log|packed-refs\.new|shallow_[^/]+)$|^objects\/(?:.*\/)?(?:tmp_|\.tmp-)[^/]*$/;

/** Nobody else works in the clone, so every leftover in it is a dead git's. */
async function removeLeftovers(gitDir: string): Promise<void> {
  // With the types, without which Node would walk through symbolic links and out of the clone.
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = (await readdir(gitDir, options).catch(absent)) ?? [];
  for (const { parentPath, name } of entries) {
    const path = join(parentPath, name);
    if (LEFTOVER.test(relative(gitDir, path))) await removeTree(path);
  }
}

/** What says nothing of a file: there is no room, or too much is open. */
const WANTS = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether the system refused something at a path in the clone. */
function isFaultOf(gitDir: string, error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return false;
  const { code, path } = error;
  return (
    typeof path === 'string' && `${path}${sep}`.startsWith(gitDir + sep) && !WANTS.has(String(code))
  );
}

/**
 * Only an unexplained end of git raises the question; git answers it: the clone is damaged
 * (git-fsck(1)), or of a repository that named its objects otherwise.
 */
async function isOfNoUse(
  { git, path: gitDir, format }: CloneOptions,
  error: unknown,
): Promise<boolean> {
  // However it ended, it wrote nothing for want of space.
  if (error instanceof CodedError && error.code === 'GITCRON_E_DISK_FULL') return false;
  const cause = error instanceof CodedError ? error.cause : error;
  // One that we look into ourselves: a loop of links, a file in the place of a directory.
  if (isFaultOf(gitDir, cause)) return !git.stopped();
  const unexplained =
    cause instanceof GitError || (cause instanceof GitFailure && cause.end === 'exit');
  if (!unexplained || git.stopped()) return false;
  if (cause instanceof GitFailure && isRefTrouble(cause)) return true;
  try {
    const found = await git.run(['rev-parse', '--show-object-format'], { gitDir });
    if (found.toString('latin1').trim() !== format) return true;
    await git.run(['fsck', '--no-dangling', '--no-progress'], { gitDir });
    return false;
  } catch (failure) {
    if (failure instanceof GitFailure && failure.end === 'exit') return true;
    throw failure;
  }
}
