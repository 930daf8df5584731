import { closeSync, fdatasync, openSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { errorFields, type Logger } from '@gitcron/base/log';
import { appendWhole } from '../state/append-whole.ts';
import { readSmallFile } from '../state/read-small.ts';

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
  /** What was set is in the file when this returns: called before anything that was fired begins. */
  note(): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const handled = z.object({ until: z.int(), schedule: z.string() });

/** The first line: all there was when it was written. */
const SNAPSHOT = z.object({ version: z.literal(1), jobs: z.record(z.string(), handled) });

/** Every other line: what has changed since; null for a job that is gone. */
const CHANGES = z.array(z.tuple([z.string(), handled.nullable()]));

/** What no start waits for is written at most once in this time; the disk is told to keep it then. */
const SAVE_EVERY_MS = 1000;

/** So many changes may stand in the file before it is written anew. */
const STALE_CHANGES = 2000;

export interface HandledSlotsOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A small file: a snapshot, and a line for each instant since. A slot is noted before its run can
 * begin, so that a successor of a supervisor that was killed makes up for no run that had begun.
 */
export function openHandledSlots({ file, clock, logger }: HandledSlotsOptions): HandledSlots {
  const jobs = read(file, logger);
  const changed = new Set<string>();
  let timer: Timer | undefined;
  /** Null until the first note, and after a write that failed. */
  let descriptor: number | null = null;
  let changes = 0;
  let failed = false;

  function note(): void {
    if (changed.size === 0) return;
    try {
      if (descriptor === null) writeAnew();
      else {
        const lines = [...changed].map((slug) => [slug, jobs.get(slug) ?? null]);
        appendWhole(descriptor, `${JSON.stringify(lines)}\n`);
        changes += changed.size;
      }
      changed.clear();
      if (failed) logger.info(`${file} can be written again.`);
      failed = false;
    } catch (error) {
      closeFile();
      // Once is enough: a full disk fails every second.
      if (!failed) {
        const consequence = '@catchup may repeat runs after a restart';
        logger.error(errorFields(error), `Cannot write ${file}: ${consequence}`);
      }
      failed = true;
    }
  }

  function writeAnew(): void {
    closeFile();
    const text = `${JSON.stringify({ version: 1, jobs: Object.fromEntries(jobs) })}\n`;
    writeFileAtomic.sync(file, text);
    descriptor = openSync(file, 'a');
    changes = 0;
  }

  function closeFile(): void {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  }

  function save(): Promise<void> {
    timer = undefined;
    // The next note writes it anew, and it is small by then.
    if (changes > STALE_CHANGES + 2 * jobs.size) closeFile();
    note();
    const written = descriptor;
    if (written === null) return Promise.resolve();
    // Against a power cut only, and what began within this second ended with it, too.
    return new Promise((resolve) => fdatasync(written, () => resolve()));
  }

  function changeOf(slug: string): void {
    changed.add(slug);
    timer ??= clock.after(SAVE_EVERY_MS, () => void save());
  }

  return {
    get: (slug) => jobs.get(slug),
    set(slug, to) {
      jobs.set(slug, to);
      changeOf(slug);
    },
    delete(slug) {
      if (jobs.delete(slug)) changeOf(slug);
    },
    keepOnly(slugs) {
      const gone = [...jobs.keys()].filter((slug) => !slugs.has(slug));
      for (const slug of gone) {
        jobs.delete(slug);
        changeOf(slug);
      }
    },
    note,
    async close() {
      timer?.cancel();
      await save();
      closeFile();
    },
  };
}

function read(file: string, logger: Logger): Map<string, Handled> {
  let jobs = new Map<string, Handled>();
  try {
    const [first = '', ...rest] = readSmallFile(file).split('\n');
    jobs = new Map(Object.entries(SNAPSHOT.parse(JSON.parse(first)).jobs));
    // A line that a full disk cut off is the last one, and has no end.
    for (const line of rest.slice(0, -1)) {
      for (const [slug, to] of CHANGES.parse(JSON.parse(line))) {
        if (to === null) jobs.delete(slug);
        else jobs.set(slug, to);
      }
    }
  } catch (error) {
    if (!isAbsence(error)) {
      const consequence = 'some missed slots are not made up for this time';
      logger.warn(errorFields(error), `Cannot read ${file}: ${consequence}`);
    }
  }
  return jobs;
}
