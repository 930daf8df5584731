import * as fc from 'fast-check';
import { spanAt } from '../../src/schedule/expression/zone.ts';

const HOUR_MS = 3_600_000;

/** A zone and an instant; four times out of five in the day before a change of that zone's clocks. */
export function zoneAndStart(
  firstYear: number,
  lastYear: number,
): fc.Arbitrary<{ zone: string; start: number }> {
  const zone = fc.constantFrom(
    ...Intl.supportedValuesOf('timeZone'),
    'UTC',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/Sao_Paulo',
  );
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
