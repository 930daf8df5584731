import type { AskOverHttp } from './ask-over-http.ts';
import type { Strikes } from './clone.ts';
import { createClones } from './clones.ts';
import { FULL_HASH, objectFormat } from '@gitcron/base/full-hash';
import { withGit } from './git/git.ts';
import { writeInventory } from './inventory.ts';
import type { Logger } from '@gitcron/base/log';
import { makeRevision } from './make-revision.ts';
import { resolveRef, type Target } from './resolve-ref.ts';
import {
  hasRecord,
  publish,
  publishAgain,
  readRevision,
  restoreCurrent,
  type PublishedCommit,
} from './revisions.ts';
import { restoreRecord } from './restore-record.ts';
import type { SyncSettings } from './settings.ts';
import { isSameTree } from './same-tree.ts';
import { removeTree, revisionPath, type Volume } from './volume.ts';

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
  /** Of all looks together. */
  readonly strikes: Strikes;
}

/** Looks at the remote once and publishes what is new: resolve, fetch, verify, build, publish. */
export async function syncOnce(context: SyncContext): Promise<SyncResult> {
  const { settings, volume, log, signal, askOverHttp } = context;
  const { hash: from, restored } = await restoreCurrent(volume, settings.remote.url);
  if (restored) log.warn(`put the link back on ${from?.slice(0, 7)}: it was missing or replaced`);
  const isRecorded = from === null || hasRecord(volume, from);
  // A hash names the same commit for ever: nothing to ask.
  if (isRecorded && from === settings.ref) return { change: 'none', hash: from };

  return withGit(settings, volume, signal, async (git) => {
    if (!isRecorded) {
      await restoreRecord(context, git, from).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'a lost record could not be written again');
      });
    }
    const format = from === null ? 'sha1' : objectFormat(from);
    const asking = { git, remote: settings.remote, askOverHttp, format, signal };
    const target = await resolveRef(asking, settings.ref);
    if (from !== null && isSame(target, from)) return { change: 'none', hash: from };

    const known = await knownRevision(context, target);
    const clones = createClones({ git, volume, log, strikes: context.strikes });
    try {
      const parts = { git, clones, settings, volume, log };
      const { commit, tree, stock } = await makeRevision(parts, target);
      if (signal.aborted) await removeTree(tree);
      signal.throwIfAborted();
      // A hash can name a tag, whose commit is published already.
      const isPublished = commit.hash === from;
      if (isPublished || (known !== null && (await isAsPublished(context, known, tree)))) {
        await removeTree(tree);
        return isPublished ? { change: 'none', hash: from } : linkKnown(context, from, commit);
      }
      await publish(volume, commit, tree);
      // The commit is out: nothing that goes wrong from here on makes that a failure.
      await writeInventory(volume, commit.hash, stock).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'how the revision was made could not be written');
      });
      await clones.published();
      return { change: 'published', from, commit };
    } catch (error) {
      // Who asks for a hash may do so because the remote is away.
      if (signal.aborted || known === null || target.ref !== null) throw error;
      log.warn(
        { error: String(error) },
        `${known.hash.slice(0, 7)} could not be compared with its commit: it is published as it lies here`,
      );
      return await linkKnown(context, from, known);
    } finally {
      if (!signal.aborted) await clones.tidy();
    }
  });
}

async function linkKnown(
  { volume }: SyncContext,
  from: string | null,
  commit: PublishedCommit,
): Promise<SyncResult> {
  await publishAgain(volume, commit);
  return { change: 'published', from, commit };
}

/** Whether the tree that was published before is what was made of the same commit now. */
async function isAsPublished(
  { volume, log }: SyncContext,
  { hash }: PublishedCommit,
  made: string,
): Promise<boolean> {
  const isIntact = await isSameTree(
    Buffer.from(revisionPath(volume, hash)),
    Buffer.from(made),
  ).catch(() => false);
  if (!isIntact) {
    log.warn(
      `${hash.slice(0, 7)} is not what its commit makes now (it was altered here, or a setting of git-sync was): it is published anew`,
    );
  }
  return isIntact;
}

function isSame(target: Target, published: string): boolean {
  return FULL_HASH.test(target.hash)
    ? target.hash === published
    : published.startsWith(target.hash);
}

/**
 * A branch that went back, or a tag that moved back. What lies here may have been altered since, so it
 * is made again and compared; what is the same stays, with whoever reads it.
 */
async function knownRevision(
  { settings, volume }: SyncContext,
  target: Target,
): Promise<PublishedCommit | null> {
  // Who may sign can have changed: then nothing is published that was not verified now.
  if (settings.signersFile !== null || !FULL_HASH.test(target.hash)) return null;
  const known = await readRevision(volume, target.hash);
  const repository = settings.remote.url;
  return known && { ...known, repository, publishedAt: new Date().toISOString() };
}
