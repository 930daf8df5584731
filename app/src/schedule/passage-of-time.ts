import type { EpochMs } from '@gitcron/base/clock';

/** A slot that is later than this was missed: its job's `@catchup` decides. */
export const MISSED_AFTER_MS = 60_000;

/** Set back by more than this, the clock was plainly wrong before (crond draws the same line). */
const WRONG_CLOCK_MS = 3 * 3_600_000;

/**
 * What happened to the wall clock between two looks at it. `smooth` is what needs no attention: slots
 * in between are a little late, and none is planned twice.
 */
export type Passage = 'smooth' | 'slots_missed' | 'set_back' | 'was_wrong';

export function judgePassage(before: EpochMs, now: EpochMs): Passage {
  if (now - before > MISSED_AFTER_MS) return 'slots_missed';
  if (before - now > WRONG_CLOCK_MS) return 'was_wrong';
  return before - now > MISSED_AFTER_MS ? 'set_back' : 'smooth';
}
