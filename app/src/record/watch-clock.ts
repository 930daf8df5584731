import type { Clock, EpochMs } from '@gitcron/base/clock';

/** Smaller steps are how a clock is kept right. */
const STEP_MS = 1000;

/**
 * Call what it returns before whatever is told by the clock.
 * @param onSetBack - the clock shows an earlier time than at an earlier look.
 */
export function watchClock(
  clock: Pick<Clock, 'now'>,
  onSetBack: (now: EpochMs) => void,
): () => void {
  let latest = clock.now();
  return () => {
    const now = clock.now();
    const isSetBack = now < latest - STEP_MS;
    latest = isSetBack ? now : Math.max(latest, now);
    if (isSetBack) onSetBack(now);
  };
}
