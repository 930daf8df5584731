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
  readonly strikes: Strikes;
}

/** By path of a clone: how often in a row something failed in it for no reason that git could find. */
export type Strikes = Map<string, number>;

/** From then on it is doubted, each time that twice as many have come together. */
const DOUBTED_FROM = 8;

export function cloneAt(options: CloneOptions): Clone {
  const { git, volume, log, path, name, strikes } = options;
  return {
    async use(work) {
      if (await isDirectory(path)) {
        try {
          await removeLeftovers(path);
          const result = await work(path);
          strikes.delete(path);
          return result;
        } catch (error) {
          const found = await removeLeftovers(path).catch((cause: unknown) => cause);
          const cause = found instanceof StrangeEntry ? found : error;
          const why = await whyOfNoUse(options, cause);
          if (why === null) throw error;
          log.warn(
            cause instanceof StrangeEntry ? { because: cause.message } : {},
            `${name} ${why}: making a new one; what is published stays`,
          );
        }
      }
      const result = await useNew(options, work);
      strikes.delete(path);
      return result;
    },
    async tidy() {
      if (!(await isDirectory(path))) return;
      try {
        await git.run(['gc', '--auto', '--quiet'], { gitDir: path });
      } catch (error) {
        // What cannot be packed would grow for ever; the next fetch makes a new clone.
        if (isEndOfItsOwn(error)) await discard(volume, path);
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

/** What no git of ours has put there: reading a pipe waits for ever, and a link leads anywhere. */
class StrangeEntry extends Error {}

/**
 * Nobody else works in the clone, so every leftover in it is a dead git's.
 * @throws StrangeEntry
 */
async function removeLeftovers(gitDir: string): Promise<void> {
  // With the types, without which Node would walk through symbolic links and out of the clone.
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = (await readdir(gitDir, options).catch(absent)) ?? [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const place = relative(gitDir, path);
    if (LEFTOVER.test(place)) await removeTree(path);
    else if (!entry.isFile() && !entry.isDirectory())
      throw new StrangeEntry(`${place} is neither a file nor a directory`);
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

/** git gave up, or stood still on this machine. */
function isEndOfItsOwn(error: unknown): boolean {
  if (!(error instanceof GitFailure)) return false;
  return error.end === 'exit' || (error.end === 'silent' && !error.remote);
}

/**
 * Only an unexplained end of git raises the question, or a git that stood still; git answers it: the
 * clone is damaged (git-fsck(1)), or of a repository that named its objects otherwise. What git finds
 * nothing wrong with and fails in again and again is doubted at last: that costs a fetch, and a clone in
 * the way of every commit would stand there for ever.
 *
 * @returns what is wrong with it; null when it is not known to be of no use.
 */
async function whyOfNoUse(
  { git, path: gitDir, format, strikes }: CloneOptions,
  error: unknown,
): Promise<string | null> {
  const damaged = 'is damaged';
  // However it ended, it wrote nothing for want of space.
  if (error instanceof CodedError && error.code === 'GITCRON_E_DISK_FULL') return null;
  const cause = error instanceof CodedError ? error.cause : error;
  if (git.stopped()) return null;
  // One that we look into ourselves: a pipe or a link in it, a file in the place of a directory.
  if (cause instanceof StrangeEntry || isFaultOf(gitDir, cause)) return damaged;
  // It may have waited for something else than the remote.
  const isSilence = cause instanceof GitFailure && cause.end === 'silent' && cause.remote;
  if (!(cause instanceof GitError) && !isEndOfItsOwn(cause) && !isSilence) return null;
  if (cause instanceof GitFailure && isRefTrouble(cause)) return damaged;
  try {
    const found = await git.run(['rev-parse', '--show-object-format'], { gitDir });
    if (found.toString('latin1').trim() !== format) return damaged;
    if (isSilence) return null;
    await git.run(['fsck', '--no-dangling', '--no-progress'], { gitDir });
  } catch (failure) {
    if (isEndOfItsOwn(failure)) return damaged;
    throw failure;
  }
  if (error instanceof CodedError) return null;
  const failures = (strikes.get(gitDir) ?? 0) + 1;
  strikes.set(gitDir, failures);
  const isDoubted = failures >= DOUBTED_FROM && Number.isInteger(Math.log2(failures));
  return isDoubted ? `failed ${failures} times, though git finds nothing wrong with it` : null;
}
