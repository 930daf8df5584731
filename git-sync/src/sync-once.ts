import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskOverHttp } from './ask-over-http.ts';
import { buildTree } from './build-tree.ts';
import { tidyClone, withClone } from './clone.ts';
import { describeCommit } from './describe-commit.ts';
import { fetchCommit } from './fetch-commit.ts';
import { FULL_HASH } from '@gitcron/base/full-hash';
import { withGit, type Git } from './git/git.ts';
import { filterEnvironment } from './lfs.ts';
import type { Logger } from '@gitcron/base/log';
import { resolveRef, type Target } from './resolve-ref.ts';
import {
  publish,
  publishAgain,
  readRevision,
  restoreCurrent,
  type PublishedCommit,
} from './revisions.ts';
import type { SyncSettings } from './settings.ts';
import { addSubmodules } from './submodules.ts';
import { verifySignature } from './verify-signature.ts';
import { removeTree, revisionPath, scratchPath, type Volume } from './volume.ts';

/** What one look at the remote led to. */
export type SyncResult =
  | { readonly change: 'none'; readonly hash: string }
  | {
      readonly change: 'published';
      readonly from: string | null;
      readonly commit: PublishedCommit;
    };

export interface SyncContext {
  readonly settings: SyncSettings;
  readonly volume: Volume;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly askOverHttp: AskOverHttp | null;
}

/** Looks at the remote once and publishes what is new: resolve, fetch, verify, build, publish. */
export async function syncOnce(context: SyncContext): Promise<SyncResult> {
  const { settings, volume, log, signal, askOverHttp } = context;
  const { hash: from, restored } = await restoreCurrent(volume);
  if (restored) log.warn(`put the link back on ${from?.slice(0, 7)}: it was missing or replaced`);
  // A hash names the same commit for ever: nothing to ask.
  if (from !== null && from === settings.ref) return { change: 'none', hash: from };

  return withGit(settings, volume, signal, async (git) => {
    const asking = { git, remote: settings.remote, askOverHttp, signal };
    const target = await resolveRef(asking, settings.ref);
    if (from !== null && isSame(target, from)) return { change: 'none', hash: from };

    const known = await knownRevision(context, target);
    if (known !== null) {
      await publishAgain(volume, known);
      return { change: 'published', from, commit: known };
    }
    const { commit, tree } = await withClone(git, volume, log, (gitDir) =>
      makeTree(context, git, gitDir, target, from),
    );
    if (signal.aborted) await removeTree(tree);
    signal.throwIfAborted();
    await publish(volume, commit, tree);
    // The commit is out: nothing that goes wrong with the cache makes that a failure.
    await tidyClone(git, volume).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'the clone could not be tidied');
    });
    return { change: 'published', from, commit };
  });
}

function isSame(target: Target, published: string): boolean {
  return FULL_HASH.test(target.hash)
    ? target.hash === published
    : published.startsWith(target.hash);
}

/** A branch that went back, or a tag that moved back, needs no fetch; only who may sign can change. */
async function knownRevision(
  { settings, volume }: SyncContext,
  target: Target,
): Promise<PublishedCommit | null> {
  if (settings.signersFile !== null || !FULL_HASH.test(target.hash)) return null;
  const known = await readRevision(volume, target.hash);
  return known && { ...known, publishedAt: new Date().toISOString() };
}

async function makeTree(
  { settings, volume, log }: SyncContext,
  git: Git,
  gitDir: string,
  target: Target,
  from: string | null,
): Promise<{ readonly commit: PublishedCommit; readonly tree: string }> {
  const { url } = settings.remote;
  const hash = await fetchCommit(git, gitDir, { url, depth: settings.depth }, target);
  if (settings.signersFile !== null) {
    await verifySignature(git, volume, gitDir, hash, settings.signersFile);
  }
  const commit = await describeCommit(git, gitDir, hash);
  const environment = await filterEnvironment(git, settings.remote, settings.silenceMs);
  const base = from === null ? null : { commit: from, directory: revisionPath(volume, from) };
  const tree = scratchPath(volume, hash);
  const indexFile = scratchPath(volume, 'index');
  try {
    await mkdir(tree);
    const parts = { git, gitDir, into: tree, base };
    const gitlinks = await buildTree({ ...parts, commit: hash, indexFile, environment });
    if (settings.submodules !== 'off') {
      const recursive = settings.submodules === 'recursive';
      const modulesDir = join(gitDir, 'modules');
      await addSubmodules(
        { git, volume, log, modulesDir, recursive, environment },
        { ...parts, url, commit: hash, gitlinks },
      );
    }
    return { commit, tree };
  } catch (error) {
    await removeTree(tree);
    throw error;
  }
}
