import { FULL_HASH } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import { refNotFound, type Target } from './resolve-ref.ts';

/** What was fetched last; keeps its commit from being collected as garbage. */
const TIP = 'refs/gitcron/tip';

export interface Source {
  readonly url: string;
  /** Commits of history; 0 is all. */
  readonly depth: number;
}

/**
 * Fetches the target into a bare repository.
 *
 * @returns the full hash of the commit that the target is now.
 */
export async function fetchCommit(
  git: Git,
  gitDir: string,
  source: Source,
  target: Target,
): Promise<string> {
  if (target.ref !== null) {
    await fetch(git, gitDir, source, [`+${target.ref}:${TIP}`]);
    return git.at(gitDir).revparse([`${TIP}^{commit}`]);
  }
  if (FULL_HASH.test(target.hash)) {
    try {
      await fetch(git, gitDir, source, [`+${target.hash}:${TIP}`]);
      return await git.at(gitDir).revparse([`${TIP}^{commit}`]);
    } catch (error) {
      if (!(error instanceof GitFailure) || error.end !== 'exit') throw error;
      // Servers may refuse a hash that no ref points to (git-config(1), uploadpack.allowAnySHA1InWant).
    }
  }
  const everything = ['+refs/heads/*:refs/gitcron/heads/*', '+refs/tags/*:refs/gitcron/tags/*'];
  await fetch(git, gitDir, { url: source.url, depth: 0 }, everything);
  try {
    return await git.at(gitDir).revparse([`${target.hash}^{commit}`]);
  } catch (error) {
    throw git.stopped() ? error : refNotFound(target.hash, source.url, error);
  }
}

async function fetch(
  git: Git,
  gitDir: string,
  source: Source,
  refspecs: readonly string[],
): Promise<void> {
  const depth = source.depth === 0 ? [] : [`--depth=${source.depth}`];
  const options = ['--progress', '--force', '--no-tags', '--no-write-fetch-head', ...depth];
  await git.runRemote(['fetch', ...options, '--', source.url, ...refspecs], { gitDir });
}
