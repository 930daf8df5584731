import { EARLIEST_RIGHT_TIME, type Clock, type EpochMs } from '@gitcron/base/clock';

/** Smaller steps are how a clock is kept right. */
const STEP_MS = 1000;

/**
 * Call what it returns before whatever is told by the clock, with the time of a run that is about to
 * be told.
 * @param onSetBack - the clock shows an earlier time than at an earlier look. What lies ahead belongs
 *   to an instant before everything that comes: of one instant, an id would decide, which may come
 *   from the wrong time.
 */
export function watchClock(
  clock: Pick<Clock, 'now'>,
  onSetBack: (now: EpochMs) => void,
): (comes?: EpochMs) => void {
  let latest = clock.now();
  return (comes = Infinity) => {
    const now = clock.now();
    if (now < EARLIEST_RIGHT_TIME) return;
    const isSetBack = now < latest - STEP_MS;
    latest = isSetBack ? now : Math.max(latest, now);
    if (isSetBack) onSetBack(Math.min(now, comes) - 1);
  };
}
