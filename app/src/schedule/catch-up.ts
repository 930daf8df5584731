import type { EpochMs } from '@gitcron/base/clock';
import type { Job } from './job.ts';
import { slotsBetween } from './planner.ts';

/** `@catchup all` after a long time away makes up for the newest of its slots only. */
const MAX_CAUGHT_UP = 1000;

/** The slots in (after, now] that a job's `@catchup` makes up for, oldest first. */
export function caughtUpSlots(job: Job, after: EpochMs, now: EpochMs): EpochMs[] {
  const { catchUp } = job.settings;
  if (catchUp.kind === 'none') return [];
  const from = catchUp.windowMs === null ? after : Math.max(after, now - catchUp.windowMs - 1);
  return newestSlots(job, from, now, catchUp.kind === 'last' ? 1 : MAX_CAUGHT_UP);
}

/** Looks back further and further, because a job of every second has millions of slots in a month. */
function newestSlots(job: Job, after: EpochMs, until: EpochMs, count: number): EpochMs[] {
  for (let reachMs = 60_000; ; reachMs *= 2) {
    const from = Math.max(after, until - reachMs);
    const slots = slotsBetween(job, from, until);
    if (slots.length >= count || from === after) return slots.slice(-count);
  }
}
