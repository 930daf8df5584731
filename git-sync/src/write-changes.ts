import { objectFormat } from '@gitcron/base/full-hash';
import { withGit, type Git } from './git/git.ts';
import {
  changedFiles,
  commitsSince,
  hasHistory,
  onlyCommit,
  parentsOf,
  type Commits,
} from './read-changes.ts';
import { changesPath } from './revisions.ts';
import type { SyncContext } from './sync-once.ts';
import { removeTree, replaceFile, scratchPath } from './volume.ts';

/** For each commit: one whose history is not to be had must not be asked for again and again. */
const PATIENCE_MS = 10_000;

/** So far back history is asked for where the clone has too little of it. */
const DEEPEST = 201;

export interface Range {
  /** What was published before. */
  readonly from: string;
  readonly hash: string;
}

/**
 * Writes beside a published tree what its commit changed: files, and the commits since the one before
 * where history can be had. The commit is out already, and nobody waits for this.
 */
export async function writeChanges(context: SyncContext, range: Range): Promise<void> {
  const { settings, volume } = context;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
  await withGit(settings, volume, signal, async (git) => {
    const { from, hash } = range;
    const gitDir = volume.clone;
    const { url } = settings.remote;
    if (!(await hasCommit(git, gitDir, from))) await fetchAlone(git, gitDir, url, from);
    const files = await changedFiles(git, gitDir, from, hash);
    const commits = await commitsOf(git, context, range).catch((error: unknown) => {
      // It is tried again; after too long a time without them it is not.
      context.signal.throwIfAborted();
      context.log.debug({ error: String(error) }, 'the commits in between could not be had');
      return null;
    });
    const changes = { from, ...files, commits };
    await replaceFile(volume, changesPath(volume, hash), `${JSON.stringify(changes)}\n`);
  });
}

async function commitsOf(
  git: Git,
  { settings, volume }: SyncContext,
  { from, hash }: Range,
): Promise<Commits | null> {
  const { clone } = volume;
  const [parent, another] = await parentsOf(git, clone, hash);
  if (parent === from && another === undefined) return onlyCommit(git, clone, hash);
  if (await hasHistory(git, clone, from, hash)) return commitsSince(git, clone, from, hash);
  // Beside the clone, which stays as small as GIT_SYNC_DEPTH says.
  const history = scratchPath(volume, 'history');
  try {
    const format = objectFormat(hash);
    await git.run(['init', '--quiet', '--bare', `--object-format=${format}`, history]);
    const { url } = settings.remote;
    await fetchAlone(git, history, url, hash, [`--depth=${DEEPEST}`, '--filter=tree:0']);
    const isThere = await hasCommit(git, history, from);
    return isThere ? await commitsSince(git, history, from, hash) : null;
  } finally {
    await removeTree(history);
  }
}

async function hasCommit(git: Git, gitDir: string, hash: string): Promise<boolean> {
  // A clone without all objects must not go and fetch one that it is only asked for.
  const environment = { GIT_NO_LAZY_FETCH: '1' };
  return git.run(['cat-file', '-e', `${hash}^{commit}`], { gitDir, environment }).then(
    () => true,
    () => false,
  );
}

async function fetchAlone(
  git: Git,
  gitDir: string,
  url: string,
  hash: string,
  options: readonly string[] = ['--depth=1'],
): Promise<void> {
  const quiet = ['--progress', '--no-tags', '--no-write-fetch-head'];
  await git.runRemote(['fetch', ...quiet, ...options, '--', url, hash], { gitDir });
}
