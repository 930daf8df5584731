import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import { isForWantOfSpace } from './disk-space.ts';
import { FULL_HASH } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import { refNotFound, type Target } from './resolve-ref.ts';
import { removeTree } from './volume.ts';

/** What was fetched last; keeps its commit from being collected as garbage. */
const TIP = 'refs/gitcron/tip';
/** All of the history, also in a clone that had a part of it (git-fetch(1), --unshallow). */
const WHOLE_HISTORY = 0x7fff_ffff;

export interface Source {
  readonly url: string;
  /** Commits of history; 0 is all. */
  readonly depth: number;
}

/**
 * Fetches the target into a bare repository.
 *
 * @returns the full hash of the commit that the target is now.
 * @throws CodedError GITCRON_E_REF_NOT_FOUND, GITCRON_E_NOT_A_COMMIT
 */
export async function fetchCommit(
  git: Git,
  gitDir: string,
  source: Source,
  target: Target,
): Promise<string> {
  if (target.ref !== null) {
    await fetch(git, gitDir, source, [`+${target.ref}:${TIP}`]);
    return commitAt(git, gitDir, TIP, { url: source.url, name: target.ref });
  }
  const { url } = source;
  const named = { url, name: target.hash };
  if (FULL_HASH.test(target.hash)) {
    try {
      await fetch(git, gitDir, source, [`+${target.hash}:${TIP}`]);
      return await commitAt(git, gitDir, TIP, named);
    } catch (error) {
      if (!isExit(error) || isRefTrouble(error)) throw error;
      if (await isForWantOfSpace(error, gitDir)) throw error;
      // Servers may refuse a hash that no ref points to (git-config(1), uploadpack.allowAnySHA1InWant).
    }
  }
  await fetchEverything(git, gitDir, url);
  try {
    return await commitAt(git, gitDir, target.hash, named);
  } catch (error) {
    if (git.stopped() || error instanceof CodedError) throw error;
    throw refNotFound(target.hash, url, error);
  }
}

/** With --prune, because a branch `rel` that became `rel/1` leaves no room for the new one. */
async function fetchEverything(git: Git, gitDir: string, url: string): Promise<void> {
  const everything = ['+refs/heads/*:refs/gitcron/heads/*', '+refs/tags/*:refs/gitcron/tags/*'];
  await fetch(git, gitDir, { url, depth: 0 }, everything, ['--prune']);
}

async function fetch(
  git: Git,
  gitDir: string,
  { url, depth }: Source,
  refspecs: readonly string[],
  more: readonly string[] = [],
): Promise<void> {
  const isPart = existsSync(join(gitDir, 'shallow'));
  const commits = depth === 0 && isPart ? WHOLE_HISTORY : depth;
  const history = commits === 0 ? [] : [`--depth=${commits}`];
  const options = ['--progress', '--force', '--no-tags', '--no-write-fetch-head', ...history];
  try {
    await git.runRemote(['fetch', ...options, ...more, '--', url, ...refspecs], { gitDir });
  } catch (error) {
    if (commits !== 0 && isExit(error) && (await isDumb(git, gitDir, url))) throw dumb(url, error);
    throw error;
  }
}

/** A fetch that got everything and could not write a ref of its own: something lies in its place. */
export function isRefTrouble({ command, exitCode }: GitFailure): boolean {
  return command === 'git fetch' && exitCode === 1;
}

function isExit(error: unknown): error is GitFailure {
  return error instanceof GitFailure && error.end === 'exit';
}

/**
 * Whether a web server gives the files of the repository out and no more (gitprotocol-http(5), Dumb
 * Clients): then git finds the refs without a packet being spoken.
 */
async function isDumb(git: Git, gitDir: string, url: string): Promise<boolean> {
  if (!/^https?:/i.test(url)) return false;
  const packets = join(gitDir, 'tmp_packets');
  try {
    const environment = { GIT_TRACE_PACKET: packets };
    await git.runRemote(['ls-remote', '--', url, 'HEAD'], { environment });
    return !existsSync(packets);
  } catch {
    return false;
  } finally {
    await removeTree(packets);
  }
}

function dumb(url: string, cause: unknown): CodedError {
  return new CodedError(
    'GITCRON_E_REMOTE_DUMB',
    'The server only hands out files (“dumb” HTTP), so it cannot give the newest commits alone.',
    {
      place: url,
      hint: 'Set GIT_SYNC_DEPTH=0, which fetches the whole history, or let the server run git http-backend. What was published last stays in place.',
      cause,
    },
  );
}

/** @throws CodedError GITCRON_E_NOT_A_COMMIT when it is a file or a directory, as a tag may be. */
async function commitAt(
  git: Git,
  gitDir: string,
  revision: string,
  named: { readonly url: string; readonly name: string },
): Promise<string> {
  try {
    return await git.at(gitDir).revparse([`${revision}^{commit}`]);
  } catch (error) {
    const type = await git
      .at(gitDir)
      .raw(['cat-file', '-t', `${revision}^{}`])
      .catch(() => null);
    const kind = type === 'blob' ? 'a file' : type === 'tree' ? 'a directory' : null;
    if (kind === null) throw error;
    throw new CodedError(
      'GITCRON_E_NOT_A_COMMIT',
      `“${named.name.replace(/^refs\/(?:heads|tags)\//, '')}” names ${kind} and not a commit.`,
      {
        place: named.url,
        hint: 'Set GIT_SYNC_BRANCH to a branch, a tag of a commit or a commit’s hash. What was published last stays in place.',
      },
    );
  }
}
