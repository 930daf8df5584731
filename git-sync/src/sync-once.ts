import type { AskOverHttp } from './ask-over-http.ts';
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
import { removeTree, type Volume } from './volume.ts';

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
    if (known !== null) {
      await publishAgain(volume, known);
      return { change: 'published', from, commit: known };
    }
    const clones = createClones({ git, volume, log });
    try {
      const { commit, tree, trees } = await makeRevision(
        { git, clones, settings, volume, log },
        target,
      );
      // A hash can name a tag, whose commit is published already.
      if (signal.aborted || commit.hash === from) await removeTree(tree);
      signal.throwIfAborted();
      if (commit.hash === from) return { change: 'none', hash: from };
      await publish(volume, commit, tree);
      // The commit is out: nothing that goes wrong from here on makes that a failure.
      await writeInventory(volume, commit.hash, trees).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'how the revision was made could not be written');
      });
      await clones.published();
      return { change: 'published', from, commit };
    } finally {
      if (!signal.aborted) await clones.tidy();
    }
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
  const repository = settings.remote.url;
  return known && { ...known, repository, publishedAt: new Date().toISOString() };
}
