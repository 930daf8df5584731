import { whileLinksGo } from './inventory.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { listRevisions, listSetAside } from './revisions.ts';
import type { SyncSettings } from './settings.ts';
import { currentRevision, discard, removeTree, revisionPath, type Volume } from './volume.ts';

/** Deletes old revisions when some are due; looks at the disk only then. */
export interface Pruner {
  /** Another revision was published, so that others may have become old. */
  published(): void;
  /** Never rejects: what cannot be deleted now is tried again later. */
  prune(): Promise<void>;
}

export function createPruner(
  volume: Volume,
  { keep, waitMs }: Pick<SyncSettings, 'keep' | 'waitMs'>,
  log: Logger,
): Pruner {
  /** Null: nothing is due before something is published. */
  let dueAt: number | null = 0;
  return {
    published() {
      dueAt = 0;
    },
    async prune() {
      if (dueAt === null || dueAt > Date.now()) return;
      try {
        dueAt = await pruneRevisions(volume, keep, Date.now());
      } catch (error) {
        dueAt = Date.now() + keep.ageMs + waitMs;
        log.warn(errorFields(error), 'old revisions could not be deleted');
      }
    },
  };
}

/**
 * Deletes the revisions that are beyond the count to keep and were superseded long enough ago for every
 * reader to be done with them.
 *
 * @returns when the next one will have reached that age; null when none is beyond the count.
 */
async function pruneRevisions(
  volume: Volume,
  keep: { readonly count: number; readonly ageMs: number },
  now: number,
): Promise<number | null> {
  const revisions = await listRevisions(volume);
  const current = await currentRevision(volume);
  let nextDueAt: number | null = null;
  const old: string[] = [];
  const judge = (path: string, since: number) => {
    const dueAt = since + keep.ageMs;
    if (dueAt <= now) old.push(path);
    else nextDueAt = Math.min(nextDueAt ?? dueAt, dueAt);
  };
  for (const [index, { hash }] of revisions.entries()) {
    const successor = revisions[index - 1];
    if (index < keep.count || successor === undefined || hash === current) continue;
    judge(revisionPath(volume, hash), Date.parse(successor.publishedAt));
  }
  for (const { path, since } of await listSetAside(volume)) judge(path, since);
  if (old.length > 0) {
    await whileLinksGo(volume, async () => {
      for (const path of old) {
        await discard(volume, path);
        await removeTree(`${path}.json`);
        await removeTree(`${path}.changes.json`);
      }
    });
  }
  return nextDueAt;
}
