import type { EpochMs } from '@gitcron/base/clock';
import { caughtUpSlots, withinCatchUp } from './catch-up.ts';
import type { Job, Slot } from './job.ts';
import { nextSlotOf, slotsBetween } from './planner.ts';

/**
 * A slot that is later than this was missed, if its job has no `@catchup`. Of those that are not, where
 * others are, the newest is late, and stands for all.
 */
const MISSED_AFTER_MS = 60_000;

/** With `@catchup` a slot is in its hands as soon as it is late at all. */
export const LATE_AFTER_MS = 1000;

/** What is to fire of a job, oldest first. */
export type LateSlot = Pick<Slot, 'at' | 'trigger'>;

/** Time in which nobody looked: the supervisor was down, or it was there and could do nothing. */
export type Absence = 'down' | 'stalled';

/**
 * What a job's `@catchup` makes up for at a start: slots that came due while nothing ran, and those
 * that had been fired and waited for their turn.
 *
 * @param waiting ascending, and before `after`.
 */
export function missedSlots(
  job: Job,
  waiting: readonly EpochMs[],
  after: EpochMs,
  now: EpochMs,
): LateSlot[] {
  const late = lateSlots(job, after, now, 'down') ?? [];
  const waited = waiting.map((at): LateSlot => ({ at, trigger: 'catch_up' }));
  return withinCatchUp(job.settings.catchUp, [...waited, ...late], now);
}

/**
 * What becomes of a job's slots in (handledUntil, now] when nobody looked in time. One decision for
 * a restart, a suspended machine, a stalled process and a clock that was set ahead: whatever came
 * due meanwhile, up to now, is `@catchup`'s, so that its newest slot is really the newest.
 *
 * @returns null when no slot is so late that it has to be decided: they fire as they are planned.
 */
export function lateSlots(
  job: Job,
  handledUntil: EpochMs,
  now: EpochMs,
  absence: Absence,
): LateSlot[] | null {
  const first = nextSlotOf(job, handledUntil);
  const hasCatchUp = job.settings.catchUp.kind !== 'none';
  const limitMs = hasCatchUp ? LATE_AFTER_MS : MISSED_AFTER_MS;
  if (first === null || first > now - (absence === 'down' ? 0 : limitMs)) return null;
  if (hasCatchUp) {
    return caughtUpSlots(job, handledUntil, now).map((at) => ({ at, trigger: 'catch_up' }));
  }
  if (absence === 'down') return [];
  // The newest only: nobody who was away waits for a run of each second of the last minute.
  const slots = slotsBetween(job, Math.max(handledUntil, now - MISSED_AFTER_MS), now).slice(-1);
  return slots.map((at) => ({ at, trigger: 'schedule' }));
}
