import * as fc from 'fast-check';
import { spanAt } from '../../src/schedule/expression/zone.ts';

const HOUR_MS = 3_600_000;

const ZONES = [
  ...Intl.supportedValuesOf('timeZone'),
  'UTC',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
];

export interface ClockChange {
  /** What clocks would have shown, as if in UTC, and what they showed instead. */
  readonly fromWallMs: number;
  readonly toWallMs: number;
}

/** The zones with at least one such change between two years. */
export function zonesWithChange(
  firstYear: number,
  lastYear: number,
  isSuch: (change: ClockChange) => boolean,
): string[] {
  const last = Date.UTC(lastYear, 11, 31);
  return ZONES.filter((zone) => {
    let span = spanAt(zone, Date.UTC(firstYear, 0, 1));
    while (span.end < last) {
      const next = spanAt(zone, span.end);
      if (isSuch({ fromWallMs: span.end + span.offsetMs, toWallMs: next.start + next.offsetMs })) {
        return true;
      }
      span = next;
    }
    return false;
  });
}

/** A zone and an instant; four times out of five in the day before a change of that zone's clocks. */
export function zoneAndStart(
  firstYear: number,
  lastYear: number,
  without: readonly string[] = [],
): fc.Arbitrary<{ zone: string; start: number }> {
  const zone = fc.constantFrom(...ZONES.filter((name) => !without.includes(name)));
  const near = fc.integer({
    min: Date.UTC(firstYear, 0, 1) / 60_000,
    max: Date.UTC(lastYear, 11, 1) / 60_000,
  });
  const before = fc.integer({ min: 0, max: 26 * 60 });
  return fc
    .tuple(zone, near, before, fc.integer({ min: 0, max: 4 }))
    .map(([name, minute, minutesBefore, kind]) => {
      const start = minute * 60_000;
      if (kind === 0) return { zone: name, start };
      const change = changeAfter(name, start);
      return {
        zone: name,
        start: change === null ? start : Math.floor(change / 60_000 - minutesBefore) * 60_000,
      };
    });
}

/** The next change of a zone's offset within a year and a half. */
function changeAfter(zone: string, from: number): number | null {
  let span = spanAt(zone, from);
  const { offsetMs } = span;
  while (span.offsetMs === offsetMs) {
    if (span.end > from + 550 * 24 * HOUR_MS) return null;
    span = spanAt(zone, span.end);
  }
  return span.start;
}
