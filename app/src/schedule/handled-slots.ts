import { closeSync, fdatasync, openSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { appendWhole } from '../state/append-whole.ts';
import { readLog } from '../state/read-log.ts';

/** Up to where the slots of a job are dealt with: fired, or given up. */
export interface Handled {
  readonly until: EpochMs;
  /** The schedule that holds for; another one has not missed anything. */
  readonly schedule: string;
}

/** What a successor finds of a job. */
export interface Left extends Handled {
  /** Slots that were fired, and whose runs had not begun: they waited for their turn. Ascending. */
  readonly waiting: readonly EpochMs[];
}

/** What `@catchup` needs to know after a restart. Only jobs that have it are kept here. */
export interface HandledSlots {
  get(slug: string): Left | undefined;
  /** Another schedule than before has no slots that wait. */
  set(slug: string, handled: Handled): void;
  /** A slot is fired. Its run may have to wait for its turn; `settle` says that it does not any more. */
  wait(slug: string, at: EpochMs): void;
  /** Its run begins, or never will. */
  settle(slug: string, at: EpochMs): void;
  delete(slug: string): void;
  /** Forgets the jobs that are gone. */
  keepOnly(slugs: { has(slug: string): boolean }): void;
  /** What was set is in the file when this returns: called before anything that was fired begins. */
  note(): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const instants = z.array(z.int()).default([]);
const left = z.object({ until: z.int(), schedule: z.string(), waiting: instants });

/** The first line: all there was when it was written. */
const SNAPSHOT = z.object({ version: z.literal(1), jobs: z.record(z.string(), left) });

/** Every other line: what has changed since; null for a job that is gone. */
const change = left.omit({ waiting: true }).extend({ waits: instants, settled: instants });
const CHANGES = z.array(z.tuple([z.string(), change.nullable()]));

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
  const changed = new Map<string, WaitingChange>();
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
        const lines = [...changed].map(([slug, of]) => [slug, lineOf(jobs.get(slug), of)]);
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
    const all = [...jobs].map(([slug, job]) => [slug, { ...job, waiting: ascending(job.waiting) }]);
    const snapshot = { version: 1, jobs: Object.fromEntries(all) };
    writeFileAtomic.sync(file, `${JSON.stringify(snapshot)}\n`);
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

  function changeOf(slug: string): WaitingChange {
    timer ??= clock.after(SAVE_EVERY_MS, () => void save());
    const known = changed.get(slug);
    if (known !== undefined) return known;
    const made: WaitingChange = { waits: new Set(), settled: new Set() };
    changed.set(slug, made);
    return made;
  }

  return {
    get(slug) {
      const job = jobs.get(slug);
      return job && { ...job, waiting: ascending(job.waiting) };
    },
    set(slug, to) {
      const before = jobs.get(slug);
      const isSame = before?.schedule === to.schedule;
      jobs.set(slug, { ...to, waiting: isSame ? before.waiting : new Set() });
      const { waits, settled } = changeOf(slug);
      if (isSame) return;
      waits.clear();
      settled.clear();
    },
    wait(slug, at) {
      jobs.get(slug)?.waiting.add(at);
      const { waits, settled } = changeOf(slug);
      settled.delete(at);
      waits.add(at);
    },
    settle(slug, at) {
      if (!jobs.get(slug)?.waiting.delete(at)) return;
      const { waits, settled } = changeOf(slug);
      // Most begin at once: nothing is written of their wait.
      if (!waits.delete(at)) settled.add(at);
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

/** A job as it is kept here. */
interface KeptJob extends Handled {
  readonly waiting: Set<EpochMs>;
}

/** What a line says of the slots that wait. */
interface WaitingChange {
  readonly waits: Set<EpochMs>;
  readonly settled: Set<EpochMs>;
}

function lineOf(job: KeptJob | undefined, { waits, settled }: WaitingChange) {
  if (job === undefined) return null;
  const { until, schedule } = job;
  return {
    until,
    schedule,
    ...(waits.size > 0 && { waits: [...waits] }),
    ...(settled.size > 0 && { settled: [...settled] }),
  };
}

function ascending(waiting: ReadonlySet<EpochMs>): EpochMs[] {
  return [...waiting].toSorted((a, b) => a - b);
}

function read(file: string, logger: Logger): Map<string, KeptJob> {
  const jobs = new Map<string, KeptJob>();
  const tell = (error: unknown): void => {
    const consequence = 'some missed slots are not made up for this time';
    logger.warn(errorFields(error), `Cannot read ${file}: ${consequence}`);
  };
  const text = readLog(file, tell);
  if (text === null) return jobs;
  try {
    const [first = '', ...rest] = text.split('\n');
    for (const [slug, job] of Object.entries(SNAPSHOT.parse(JSON.parse(first)).jobs)) {
      jobs.set(slug, { ...job, waiting: new Set(job.waiting) });
    }
    // A line that a full disk cut off is the last one, and has no end.
    for (const line of rest.slice(0, -1)) {
      for (const [slug, to] of CHANGES.parse(JSON.parse(line))) {
        if (to === null) jobs.delete(slug);
        else jobs.set(slug, changedJob(jobs.get(slug), to));
      }
    }
  } catch (error) {
    tell(error);
  }
  return jobs;
}

function changedJob(before: KeptJob | undefined, to: z.infer<typeof change>): KeptJob {
  const { until, schedule, waits, settled } = to;
  const kept = before?.schedule === schedule ? before.waiting : [];
  const waiting = new Set([...kept, ...waits]);
  for (const at of settled) waiting.delete(at);
  return { until, schedule, waiting };
}
