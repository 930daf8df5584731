import type { Outlook } from './dependencies/dependency-manager.ts';

/** How long to wait between the tries of one revision. */
export interface BackOff {
  /** While something passing is in its way: doubled each time, without an end. */
  readonly transient: { readonly firstMs: number; readonly longestMs: number };
  /** While it cannot be told: so many tries, each wait four times the one before. */
  readonly uncertain: { readonly tries: number; readonly firstMs: number };
}

/**
 * From five seconds to ten minutes. What is uncertain is over after an hour and a half: long
 * enough for a registry to show what was published, and for a Git host to be started again.
 */
export const BACK_OFF: BackOff = {
  transient: { firstMs: 5000, longestMs: 600_000 },
  uncertain: { tries: 6, firstMs: 15_000 },
};

/**
 * @param failures of the tries up to now, the last one last
 * @returns milliseconds until the next one; null when there is none
 */
export function waitBeforeNextTry(failures: readonly Outlook[], backOff: BackOff): number | null {
  const last = failures.at(-1);
  if (last === 'transient') {
    const { firstMs, longestMs } = backOff.transient;
    const before = failures.filter((failure) => failure === 'transient').length - 1;
    return Math.min(firstMs * 2 ** before, longestMs);
  }
  if (last === 'uncertain') {
    const { tries, firstMs } = backOff.uncertain;
    // A server that is away in between shows that it is not well: they are counted anew.
    const before = failures.length - 2 - failures.findLastIndex((it) => it !== 'uncertain');
    return before + 1 < tries ? firstMs * 4 ** before : null;
  }
  return null;
}
