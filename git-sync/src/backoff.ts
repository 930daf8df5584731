const FIRST_MS = 2_000;
const CEILING_MS = 120_000;

/**
 * How long to wait after so many failures in a row: doubling from two seconds to two minutes, or to the
 * usual interval where that is longer. Up to half is taken off at random, so that many instances do
 * not come back to a server at once.
 *
 * @param failures at least 1
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, waitMs: number, random: number): number {
  const ceiling = Math.max(waitMs, CEILING_MS);
  const full = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 30), ceiling);
  return Math.round(full * (1 - random / 2));
}
