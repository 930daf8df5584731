import type { EpochMs } from '@gitcron/base/clock';
import type { Range } from './slot-fates.ts';

export interface Outage {
  readonly from: EpochMs;
  /** Null: it has not ended. */
  readonly until: EpochMs | null;
}

/**
 * When nobody looked after slots, after the first who did.
 * @param watched by their beginning; those of several supervisors may overlap.
 * @param range only outages that reach into it are told, and whole.
 */
export function outagesIn(
  watched: readonly Range[],
  range: { readonly from: EpochMs; readonly to: EpochMs },
  now: EpochMs,
): Outage[] {
  const outages: Outage[] = [];
  let seenUntil: EpochMs | null = null;
  for (const { after, until } of watched) {
    if (seenUntil !== null && after > seenUntil) outages.push({ from: seenUntil, until: after });
    seenUntil = Math.max(seenUntil ?? until, until);
  }
  if (seenUntil !== null && seenUntil < now) outages.push({ from: seenUntil, until: null });
  return outages.filter(({ from, until }) => from < range.to && (until ?? now) > range.from);
}
