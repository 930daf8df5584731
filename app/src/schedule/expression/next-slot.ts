import type { EpochMs } from '@gitcron/base/clock';
import type { CronExpression } from './cron-expression.ts';
import { nextWallTime, type WallMs } from './next-wall-time.ts';
import { MAX_OFFSET_MS, spanAt, type ZoneSpan } from './zone.ts';

/**
 * The first slot strictly after an instant; null when the schedule has none left until 2099.
 *
 * Clock changes: a rule at fixed times has each of its slots once. One that falls into a skipped
 * hour is due at the end of the gap (several skipped together once), one in a repeated hour the
 * first time only. A rule that follows the wall clock is due whenever the wall clock shows it.
 */
export function nextSlot(expression: CronExpression, zone: string, after: EpochMs): EpochMs | null {
  const from = Math.max((Math.floor(after / 1000) + 1) * 1000, 0);
  // The span before, where `from` begins one: what a gap between them has skipped is due at `from`.
  let span = spanAt(zone, from - 1);
  let earliest = from + span.offsetMs;
  if (!expression.followsWallClock) earliest = Math.max(earliest, shownUntil(zone, span, from));
  let wall = nextWallTime(expression, earliest);
  while (wall !== null) {
    if (wall - span.offsetMs < span.end) return wall - span.offsetMs;
    const previous = span;
    span = spanAt(zone, previous.end);
    const resumes = span.start + span.offsetMs;
    if (wall < resumes) {
      if (!expression.followsWallClock) return span.start;
      wall = nextWallTime(expression, resumes);
    } else if (expression.followsWallClock && resumes < previous.end + previous.offsetMs) {
      wall = nextWallTime(expression, resumes);
    } else if (span.start > from + MAX_OFFSET_MS && wall - MAX_OFFSET_MS > span.end) {
      // The rule names no wall time before this one, and no repeated hour reaches back to `from`.
      span = spanAt(zone, wall - MAX_OFFSET_MS);
    }
  }
  return null;
}

/** The latest wall time, exclusive, that clocks in the zone had already shown before this span. */
function shownUntil(zone: string, span: ZoneSpan, at: EpochMs): WallMs {
  let shown = Number.NEGATIVE_INFINITY;
  for (let { start } = span; start > at - MAX_OFFSET_MS;) {
    const previous = spanAt(zone, start - 1);
    shown = Math.max(shown, previous.end + previous.offsetMs);
    start = previous.start;
  }
  return shown;
}

/** The instant at which clocks in the zone first show a wall time, or the end of the gap it is in. */
export function instantOf(wall: WallMs, zone: string): EpochMs {
  let span = spanAt(zone, wall - MAX_OFFSET_MS);
  while (wall - span.offsetMs >= span.end) span = spanAt(zone, span.end);
  return Math.max(wall - span.offsetMs, span.start);
}
