const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Steps that people count durations by. */
const STEPS_MS = [
  ...[10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 192].map((count) => count * HOUR),
];

const MOST_STEPS = 4;

/** The steps of an axis from nothing to a duration, few enough to be read. */
export function scaleOf(longestMs: number): {
  readonly topMs: number;
  readonly steps: readonly number[];
} {
  const step = STEPS_MS.find((ms) => longestMs / ms <= MOST_STEPS) ?? longestMs / MOST_STEPS;
  const count = Math.max(1, Math.ceil(longestMs / step));
  return { topMs: count * step, steps: Array.from({ length: count + 1 }, (_, at) => at * step) };
}
