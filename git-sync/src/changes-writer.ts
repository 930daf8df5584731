import { existsSync } from 'node:fs';
import { changesPath, hasRecord, isOf, listRevisions } from './revisions.ts';
import type { SyncContext } from './sync-once.ts';
import type { Volume } from './volume.ts';
import { writeChanges, type Range } from './write-changes.ts';

/** Of a burst of pushes the oldest are left unexplained. */
const MOST_PENDING = 20;

/**
 * Says of each commit that was published what it changed, behind the look that published it: nobody
 * waits for it. It uses the same clone as a look, so it stands still while there is one.
 */
export interface ChangesWriter {
  published(range: Range): void;
  /** Goes on until everything is written that can be, or until it is told otherwise. Never rejects. */
  write(): Promise<void>;
  /** Resolves when the commit in the works is done; the others wait for the next `write`. */
  pause(): Promise<void>;
  /** Gives up the commit in the works, which is tried again with the next `write`. */
  interrupt(): Promise<void>;
}

export function createChangesWriter(context: SyncContext): ChangesWriter {
  const { settings, volume, log } = context;
  /** The newest last. */
  const pending: Range[] = [];
  const add = (range: Range) => {
    if (pending.some(({ hash }) => hash === range.hash)) return;
    pending.push(range);
    if (pending.length > MOST_PENDING) pending.shift();
  };
  let knowsLeftOver = false;
  let isPaused = false;
  let interruption = new AbortController();
  let underWay: Promise<void> = Promise.resolve();

  const writeAll = async (signal: AbortSignal): Promise<void> => {
    if (!knowsLeftOver) for (const range of await leftOver(volume, settings.remote.url)) add(range);
    knowsLeftOver = true;
    for (let range = pending.at(-1); range !== undefined; range = pending.at(-1)) {
      if (isPaused || signal.aborted) return;
      if (isWanted(volume, range.hash)) {
        await writeChanges({ ...context, signal }, range).catch((error: unknown) => {
          log.debug({ error: String(error) }, 'what a commit changed is not known');
        });
      }
      if (signal.aborted) return;
      pending.splice(pending.indexOf(range), 1);
    }
  };

  return {
    published: add,
    write() {
      isPaused = false;
      const signal = AbortSignal.any([context.signal, interruption.signal]);
      underWay = writeAll(signal).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'what commits changed could not be written');
      });
      return underWay;
    },
    pause() {
      isPaused = true;
      return underWay;
    },
    interrupt() {
      isPaused = true;
      interruption.abort();
      interruption = new AbortController();
      return underWay;
    },
  };
}

/** What was said once holds, also where the branch goes back to it. */
function isWanted(volume: Volume, hash: string): boolean {
  return hasRecord(volume, hash) && !existsSync(changesPath(volume, hash));
}

/** What an earlier life published and had no time to say more of; the newest last. */
async function leftOver(volume: Volume, url: string): Promise<Range[]> {
  const revisions = (await listRevisions(volume)).filter((commit) => isOf(commit, url));
  return revisions
    .flatMap(({ hash }, index) => {
      const from = revisions[index + 1]?.hash;
      return from !== undefined && isWanted(volume, hash) ? [{ from, hash }] : [];
    })
    .toReversed();
}
