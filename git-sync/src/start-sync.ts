import { whole, type Logger } from './log.ts';
import type { PublishedCommit } from './publish.ts';
import type { SyncSettings } from './settings.ts';
import { syncOnce, type SyncResult } from './sync-once.ts';
import { prepareVolume, volumeAt } from './volume.ts';

export interface SyncStatus {
  readonly failures: number;
  readonly revision: string | null;
}

/** git-sync at work. */
export interface Sync {
  /** Looks at the remote now; several calls while one look is under way become one more look. */
  syncNow(): Promise<SyncResult>;
  status(): SyncStatus;
  /** Ends every git and resolves when nothing is left of them. */
  stop(): Promise<void>;
}

export interface SyncOptions {
  readonly settings: SyncSettings;
  readonly logger: Logger;
  readonly onPublished?: (commit: PublishedCommit) => void;
}

export function startSync({ settings, logger, onPublished }: SyncOptions): Sync {
  const log = logger.child({ room: 'sync' });
  const volume = volumeAt(settings.root);
  const stopping = new AbortController();
  let failures = 0;
  let revision: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let next: Promise<SyncResult> | null = null;
  let tail: Promise<unknown> = prepareVolume(volume);

  const look = async (): Promise<SyncResult> => {
    next = null;
    clearTimeout(timer);
    const startedAt = performance.now();
    try {
      const result = await syncOnce(settings, volume, stopping.signal);
      failures = 0;
      revision = result.change === 'none' ? result.hash : result.commit.hash;
      if (result.change === 'published') {
        const took = ((performance.now() - startedAt) / 1000).toFixed(1);
        const { hash, subject, author } = result.commit;
        log.info(
          { from: result.from, to: hash, subject, author },
          `${result.from?.slice(0, 7) ?? 'nothing'} → ${hash.slice(0, 7)} “${subject}” by ${author} (${took} s)`,
        );
        onPublished?.(result.commit);
      }
      return result;
    } catch (error) {
      failures += 1;
      if (!stopping.signal.aborted) log.error(whole(error), 'the sync failed');
      throw error;
    } finally {
      if (!stopping.signal.aborted) timer = setTimeout(() => void request(), settings.waitMs);
    }
  };
  const request = (): Promise<SyncResult> => {
    next ??= tail.then(look, look);
    tail = next.catch(() => {});
    return next;
  };
  void request().catch(() => {});

  return {
    syncNow: request,
    status: () => ({ failures, revision }),
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await tail;
    },
  };
}
