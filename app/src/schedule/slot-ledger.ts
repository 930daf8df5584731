import type { EpochMs } from '@gitcron/base/clock';
import type { JobSource } from '../events/job-source.ts';
import type { ScheduledJob } from './planner.ts';
import { NO_NOTES, type GivenUp, type SlotNotes } from './slot-notes.ts';

/** What the scheduler notes of slots, and since when it looks after them. */
export class SlotLedger {
  readonly #notes: SlotNotes;
  #since: EpochMs | null = null;

  constructor(notes: SlotNotes = NO_NOTES) {
    this.#notes = notes;
  }

  /** Since when slots are looked after; null while nothing is fired. */
  get since(): EpochMs | null {
    return this.#since;
  }

  /** It begins to look after slots, or begins anew because the clock was set back. */
  begin(now: EpochMs): void {
    this.#since = now;
    this.seen(now);
  }

  seen(until: EpochMs): void {
    if (this.#since !== null) this.#notes.watched(this.#since, until);
  }

  end(until: EpochMs): void {
    this.seen(until);
    this.#since = null;
  }

  timed(source: JobSource, entries: readonly ScheduledJob[], from: EpochMs): void {
    const jobs = entries.map(({ job }) => job);
    this.#notes.timed(source, jobs, from);
  }

  stalled(jobs: readonly GivenUp[], now: EpochMs): void {
    this.#notes.givenUp('stalled', now, jobs);
  }

  /** After the clock was set back: slots that are dealt with though their time is still to come. */
  kept({ job: { slug } }: ScheduledJob, until: EpochMs, now: EpochMs): void {
    if (until > now) this.#notes.givenUp('clock', until, [{ slug, after: now }]);
  }
}
