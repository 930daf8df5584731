import { findPlain, indexPlain, type Span } from './find-plain.ts';
import { introducersFor, quickLook } from './quick-look.ts';
import { isIntroducer, readingsAt, type Reading } from './written-bytes.ts';

export interface Found {
  /** In order; those that overlap are one. */
  readonly spans: readonly Span[];
  /** From here on the data may be the beginning, but not the whole, of a secret. */
  readonly keepFrom: number;
}

export type FindSecrets = (data: Buffer) => Found;

/**
 * Finds secrets as they stand, and as they are written in URLs, JSON, HTML and the like (see
 * `readingsAt`). Most data hold nothing that could introduce an escape, which takes next to no time
 * to see; only the rest is looked at byte by byte.
 */
export function secretFinder(secrets: readonly string[]): FindSecrets {
  const patterns = secrets.map((secret) => Buffer.from(secret)).filter(({ length }) => length > 0);
  if (patterns.length === 0) return (data) => ({ spans: [], keepFrom: data.length });
  const plain = indexPlain(patterns);
  const introducers = introducersFor(patterns);
  const nextPlace = quickLook(patterns);
  const longest = Math.max(...patterns.map(({ length }) => length));
  const byFirst = Map.groupBy(patterns, ([first = 0]) => first);

  /** @returns where a secret may begin that goes on behind the data. */
  function read(data: Buffer, from: number, spans: Span[]): number {
    let keepFrom = data.length;
    for (let at = nextPlace(data, from); at < data.length; at = nextPlace(data, at + 1)) {
      const { all, isCut } = readingsAt(data, at);
      let mayGoOn = isCut;
      for (const reading of all) {
        for (const pattern of byFirst.get(reading.bytes[0] ?? 0) ?? []) {
          const match = goOn(data, pattern, reading);
          if (match.end !== null) spans.push({ start: at, end: match.end });
          mayGoOn ||= match.isCut;
        }
      }
      if (mayGoOn) keepFrom = Math.min(keepFrom, at);
    }
    return keepFrom;
  }

  return (data) => {
    const spans: Span[] = [];
    const isPlain = plain !== null && !introducers.some((byte) => data.includes(byte));
    if (isPlain) findPlain(plain, data, spans);
    const keepFrom = read(data, isPlain ? Math.max(0, data.length - longest) : 0, spans);
    return { spans: merged(spans), keepFrom };
  };
}

interface Match {
  /** The farthest end of the whole secret; null when it is not there. */
  readonly end: number | null;
  /** The data end before it is clear. */
  readonly isCut: boolean;
}

const NO_MATCH: Match = { end: null, isCut: false };

/** From the first letter on. */
function goOn(data: Buffer, pattern: Buffer, first: Reading): Match {
  if (first.bytes.length > 1 && !standsAt(pattern, 0, first.bytes)) return NO_MATCH;
  let count = first.bytes.length;
  let at = first.next;
  // Most often the second or third letter is another, and no escape either.
  for (; count < pattern.length; count += 1, at += 1) {
    const byte = data[at];
    if (byte === undefined) return { end: null, isCut: true };
    if (isIntroducer(byte)) break;
    if (byte !== pattern[count]) return NO_MATCH;
  }
  if (count === pattern.length) return { end: at, isCut: false };
  return goOnReading(data, pattern, { count, at });
}

function goOnReading(data: Buffer, pattern: Buffer, from: { count: number; at: number }): Match {
  /** By how many letters are found: where the next may begin. A set, so that no detour costs twice. */
  const places: Set<number>[] = [];
  places[from.count] = new Set([from.at]);
  let isCut = false;
  for (let count = from.count; count < pattern.length; count += 1) {
    for (const at of places[count] ?? []) {
      const readings = readingsAt(data, at);
      isCut ||= readings.isCut;
      for (const { bytes, next } of readings.all) {
        if (!standsAt(pattern, count, bytes)) continue;
        (places[count + bytes.length] ??= new Set()).add(next);
      }
    }
  }
  const ends = places[pattern.length];
  return { end: ends === undefined ? null : Math.max(...ends), isCut };
}

function standsAt(pattern: Buffer, from: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => pattern[from + index] === byte);
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && span.start < last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else {
      result.push(span);
    }
  }
  return result;
}
