/** Time enough to start a few hundred processes on a machine that is busy. */
export const LEAD_MS = 5000;

/** Starting one of a crowd takes 4 ms, and five times that where ten others want the processors. */
const EACH_MS = 20;

/** Before and after the crowd's own time. */
const MARGIN_MS = 1000;

/** A crowd for which it is too short finds that many of it ready. */
export const LONGEST_LEAD_MS = 45_000;

/** How long before its instant a slot is prepared, if so many are due within a second. */
export function leadFor(crowd: number, shortestMs: number): number {
  return Math.min(Math.max(shortestMs, MARGIN_MS + crowd * EACH_MS), LONGEST_LEAD_MS);
}
