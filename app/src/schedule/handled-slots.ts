import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { readStateFile } from '../state/state-file.ts';
import { errorFields, type Logger } from '@gitcron/base/log';

/** Up to where the slots of a job are dealt with: fired, or given up. */
export interface Handled {
  readonly until: EpochMs;
  /** The schedule that holds for; another one has not missed anything. */
  readonly schedule: string;
}

/** What `@catchup` needs to know after a restart. Only jobs that have it are kept here. */
export interface HandledSlots {
  get(slug: string): Handled | undefined;
  set(slug: string, handled: Handled): void;
  delete(slug: string): void;
  /** Forgets the jobs that are gone. */
  keepOnly(slugs: { has(slug: string): boolean }): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const SAVED = z.object({
  version: z.literal(1),
  jobs: z.record(z.string(), z.object({ until: z.int(), schedule: z.string() })),
});

/** At most one write in this time, however many jobs fire. */
const SAVE_EVERY_MS = 1000;

export interface HandledSlotsOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A small file that is replaced as a whole. A supervisor that dies within the second before a write
 * makes up for the slots of that second again: the runs that it had begun died with it.
 */
export function openHandledSlots({ file, clock, logger }: HandledSlotsOptions): HandledSlots {
  const saved = readStateFile(file, SAVED, (error) => {
    logger.warn(
      errorFields(error),
      `Cannot read ${file}: missed slots are not made up for this time`,
    );
  });
  const jobs = new Map<string, Handled>(Object.entries(saved?.jobs ?? {}));
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failed = false;

  const save = (): void => {
    timer = undefined;
    const text = `${JSON.stringify({ version: 1, jobs: Object.fromEntries(jobs) })}\n`;
    writing = writing
      .then(() => writeFileAtomic(file, text))
      .then(() => {
        failed = false;
      })
      .catch((error: unknown) => {
        // Once is enough: a full disk fails every second.
        if (!failed)
          logger.error(
            errorFields(error),
            `Cannot write ${file}: @catchup may repeat runs after a restart`,
          );
        failed = true;
      });
  };
  const saveSoon = (): void => {
    timer ??= clock.after(SAVE_EVERY_MS, save);
  };

  return {
    get: (slug) => jobs.get(slug),
    set: (slug, handled) => {
      jobs.set(slug, handled);
      saveSoon();
    },
    delete: (slug) => {
      if (jobs.delete(slug)) saveSoon();
    },
    keepOnly: (slugs) => {
      const gone = [...jobs.keys()].filter((slug) => !slugs.has(slug));
      for (const slug of gone) jobs.delete(slug);
      if (gone.length > 0) saveSoon();
    },
    close: async () => {
      timer?.cancel();
      if (timer !== undefined) save();
      await writing;
    },
  };
}
