import { createHash } from 'node:crypto';
import type { EpochMs } from '@gitcron/base/clock';
import type { Job, JobSettings } from './job.ts';
import { nextDue } from './next-due.ts';

/** As much of a job as its slots depend on. */
export type TimedJob = Pick<Job, 'slug' | 'schedule'> & {
  readonly settings: Pick<JobSettings, 'disabled' | 'jitterMs'>;
};

/**
 * How far a job's slots are moved by `@jitter`: the same for every slot and every start, so that
 * jobs spread out but each keeps its rhythm.
 */
function jitterOf(job: TimedJob): number {
  const { jitterMs } = job.settings;
  if (jitterMs === 0) return 0;
  return createHash('sha256').update(job.slug).digest().readUIntBE(0, 6) % jitterMs;
}

/** The first slot of a job strictly after an instant; null when it has none. */
export function nextSlotOf(job: TimedJob, after: EpochMs): EpochMs | null {
  if (job.settings.disabled) return null;
  const jitter = jitterOf(job);
  const due = nextDue(job.schedule, after - jitter);
  return due === null ? null : due + jitter;
}

/** Up to `count` slots after an instant, in order. */
export function nextSlotsOf(job: Job, after: EpochMs, count: number): EpochMs[] {
  const slots: EpochMs[] = [];
  let at = nextSlotOf(job, after);
  while (at !== null && slots.length < count) {
    slots.push(at);
    at = nextSlotOf(job, at);
  }
  return slots;
}

/** All slots of a job in (after, until], in order. */
export function slotsBetween(job: Job, after: EpochMs, until: EpochMs): EpochMs[] {
  const slots: EpochMs[] = [];
  let at = nextSlotOf(job, after);
  while (at !== null && at <= until) {
    slots.push(at);
    at = nextSlotOf(job, at);
  }
  return slots;
}

/** A job and the first of its slots that is not planned yet. */
export interface Upcoming {
  readonly job: Job;
  nextAt: EpochMs | null;
}

/** A job of a crontab in force, as the scheduler goes on with it. */
export interface ScheduledJob extends Upcoming {
  job: Job;
  /** All slots up to here are fired or given up. */
  handledUntil: EpochMs;
}

/** One planned instant of one of the jobs given. */
export interface Planned<Entry> {
  readonly at: EpochMs;
  readonly entry: Entry;
}

/**
 * The slots of all jobs up to and including an instant that were not planned before; moves each
 * job's `nextAt` behind it. Beyond that it changes nothing and looks at no clock.
 */
export function plan<Entry extends Upcoming>(
  entries: Iterable<Entry>,
  until: EpochMs,
): Planned<Entry>[] {
  const planned: Planned<Entry>[] = [];
  for (const entry of entries) {
    while (entry.nextAt !== null && entry.nextAt <= until) {
      planned.push({ at: entry.nextAt, entry });
      entry.nextAt = nextSlotOf(entry.job, entry.nextAt);
    }
  }
  return planned;
}
