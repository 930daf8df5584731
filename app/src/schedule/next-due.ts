import type { EpochMs } from '@gitcron/base/clock';
import { nextSlot } from './expression/next-slot.ts';
import type { Schedule } from './job.ts';

/**
 * The first instant strictly after the given one at which a schedule is due; null when there is none.
 *
 * Intervals count from 1970-01-01T00:00:00Z, so that a restart or a second replica does not move them.
 */
export function nextDue(schedule: Schedule, after: EpochMs): EpochMs | null {
  if (schedule.kind === 'cron') return nextSlot(schedule.expression, schedule.zone, after);
  if (schedule.kind === 'interval') {
    return (Math.floor(after / schedule.intervalMs) + 1) * schedule.intervalMs;
  }
  return null;
}

/** Up to `count` instants after the given one, in order. */
export function nextDues(schedule: Schedule, after: EpochMs, count: number): EpochMs[] {
  const dues: EpochMs[] = [];
  let due = nextDue(schedule, after);
  while (due !== null && dues.length < count) {
    dues.push(due);
    due = nextDue(schedule, due);
  }
  return dues;
}
