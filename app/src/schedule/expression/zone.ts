import type { EpochMs } from '@gitcron/base/clock';
import { ScheduleError } from '../schedule-error.ts';

/** A stretch of time in which a zone keeps one offset. A long one comes in pieces of at most a year. */
export interface ZoneSpan {
  readonly start: EpochMs;
  /** Exclusive. */
  readonly end: EpochMs;
  /** What to add to an instant to get the wall time. */
  readonly offsetMs: number;
}

/** Further than any zone is, or was since 1970, from UTC. */
export const MAX_OFFSET_MS = 26 * 3_600_000;

/** Less than the shortest time between two changes since 1970: a week (Boa Vista, October 2000). */
const PROBE_MS = 4 * 86_400_000;

const MAX_ZONES = 1000;
const spansByZone = new Map<string, Map<number, readonly ZoneSpan[]>>();

/**
 * The span that holds the instant.
 *
 * The calendar functions of the platform take microseconds a call, so each zone's clock changes are
 * found once a year of use and kept.
 */
export function spanAt(zone: string, at: EpochMs): ZoneSpan {
  const year = new Date(at).getUTCFullYear();
  let years = spansByZone.get(zone);
  if (years === undefined) {
    // There are some 600 zones, but the platform takes their names in any case.
    if (spansByZone.size >= MAX_ZONES) spansByZone.clear();
    years = new Map();
    spansByZone.set(zone, years);
  }
  let spans = years.get(year);
  if (spans === undefined) {
    spans = findSpans(zone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
    years.set(year, spans);
  }
  const span = spans.find(({ end }) => at < end);
  if (span === undefined) throw new RangeError(`${at} is not an instant of the year ${year}`);
  return span;
}

function findSpans(zone: string, from: EpochMs, until: EpochMs): ZoneSpan[] {
  const offsetAt = offsetReader(zone);
  const spans: ZoneSpan[] = [];
  let start = from;
  let offsetMs = offsetAt(from);
  for (let probed = from; probed < until;) {
    const probe = Math.min(probed + PROBE_MS, until - 1000);
    const found = offsetAt(probe);
    if (found !== offsetMs) {
      const change = bisect(offsetAt, probed, probe);
      spans.push({ start, end: change, offsetMs });
      start = change;
      offsetMs = offsetAt(change);
      probed = change;
    } else {
      probed = probe === until - 1000 ? until : probe;
    }
  }
  spans.push({ start, end: until, offsetMs });
  return spans;
}

/** The first whole second whose offset is not that of `before`. */
function bisect(offsetAt: (at: EpochMs) => number, before: EpochMs, after: EpochMs): EpochMs {
  const old = offsetAt(before);
  let low = before / 1000;
  let high = after / 1000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === old) low = middle;
    else high = middle;
  }
  return high * 1000;
}

function offsetReader(zone: string): (at: EpochMs) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at) => {
    // `12/31/1969, GMT-00:44:30`; plain `GMT` for no offset.
    const match = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(format.format(at));
    if (match === null) return 0;
    const [, sign, hours, minutes, seconds = '0'] = match;
    const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return (sign === '-' ? -total : total) * 1000;
  };
}

/** @throws ScheduleError when there is no such zone. */
export function expectZone(zone: string, place?: string): string {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: zone });
    return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ScheduleError('GITCRON_E_ZONE', `There is no time zone "${zone.slice(0, 60)}".`, {
      column: 1,
      ...(place === undefined ? {} : { place }),
      expected: 'a name of the IANA time zone database',
      hint: 'Write UTC or a name like Europe/Berlin or America/New_York.',
    });
  }
}
