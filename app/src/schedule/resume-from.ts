import type { EpochMs } from '@gitcron/base/clock';
import type { Job } from './job.ts';

/** A clock that is set back by less has been corrected a little: nothing is done twice. */
export const CORRECTED_BY_MS = 60_000;

/** Set back by more than this, the clock was plainly wrong before (crond draws the same line). */
const WRONG_CLOCK_MS = 3 * 3_600_000;

/**
 * From where on a job's slots count: from where they are dealt with, unless the clock was set back
 * behind it. Then what ran at a fixed time does not run again, as in a repeated hour; a job that
 * follows the wall clock follows it, and none falls silent until the old time comes round.
 *
 * @param lookedAt the last instant that is known to have been there before `now`.
 */
export function resumeFrom(
  { schedule }: Job,
  handledUntil: EpochMs,
  lookedAt: EpochMs,
  now: EpochMs,
): EpochMs {
  const setBackMs = lookedAt - now;
  if (setBackMs <= CORRECTED_BY_MS) return handledUntil;
  const isFixed = schedule.kind === 'cron' && !schedule.expression.followsWallClock;
  return isFixed && setBackMs <= WRONG_CLOCK_MS ? handledUntil : now;
}
