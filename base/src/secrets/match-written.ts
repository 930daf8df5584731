import type { Span } from './find-plain.ts';
import type { Reading, Readings } from './written-bytes.ts';

/** One secret, searched for with everything that may be meant at a place. */
export interface WrittenPattern {
  readonly bytes: Buffer;
  /** By byte: at which of the secret's letters it stands, a bit for each. */
  readonly places: readonly bigint[];
}

export interface Searched {
  /** Before this place no secret is to be looked for again. */
  readonly until: number;
  /** Where a secret may begin that goes on behind the data. */
  readonly keepFrom: number;
}

export function writtenPattern(bytes: Buffer): WrittenPattern {
  const places = Array.from({ length: 256 }, () => 0n);
  for (const [at, byte] of bytes.entries())
    places[byte] = (places[byte] ?? 0n) | (1n << BigInt(at));
  return { bytes, places };
}

/**
 * Finds the secret from `from` on, for as long as any beginning of it goes on. What may be found of it
 * by a place are bits, one for each number of letters, so every place is looked at once, however many
 * ways lead to it: backslashes and quotes after one another are many.
 *
 * @see Baeza-Yates and Gonnet, "A new approach to text searching" (1992)
 */
export function matchWritten(
  { bytes, places }: WrittenPattern,
  data: Buffer,
  from: number,
  readingsAt: (at: number) => Readings,
  spans: Span[],
): Searched {
  const whole = 1n << BigInt(bytes.length);
  /** From `from` on: how many letters may be found when the next begins here. */
  const found: bigint[] = [];
  let last = from;
  let isFound = false;
  let isCut = false;
  for (let at = from; at <= last; at += 1) {
    const before = (found[at - from] ?? 0n) & ~whole;
    const { all, isCut: isCutHere } = readingsAt(at);
    isCut ||= isCutHere;
    for (const reading of all) {
      const after = forward(places, before | 1n, reading);
      if (after === 0n) continue;
      isFound ||= (after & whole) !== 0n;
      if ((after & ~whole) !== 0n) last = Math.max(last, reading.next);
      found[reading.next - from] = (found[reading.next - from] ?? 0n) | after;
    }
  }
  const search = { places, whole, found, from, last, readingsAt };
  if (isFound) spans.push(...spansOf(search));
  return { until: last + 1, keepFrom: isCut ? firstCut(search, data.length) : data.length };
}

interface Search {
  readonly places: readonly bigint[];
  readonly whole: bigint;
  readonly found: readonly bigint[];
  readonly from: number;
  readonly last: number;
  readonly readingsAt: (at: number) => Readings;
}

function forward(places: readonly bigint[], letters: bigint, { bytes }: Reading): bigint {
  let result = letters;
  for (const byte of bytes) result = (result & (places[byte] ?? 0n)) << 1n;
  return result;
}

/** The other way round: after how many letters this reading leads to one of `letters`. */
function backward(places: readonly bigint[], letters: bigint, { bytes }: Reading): bigint {
  let result = letters;
  for (const byte of bytes.toReversed()) result = (result >> 1n) & (places[byte] ?? 0n);
  return result;
}

/** All that belongs to any way through the data that finds the whole secret. */
function spansOf(search: Search): Span[] {
  const { places, whole, found, from, last, readingsAt } = search;
  const foundAt = (at: number): bigint => found[at - from] ?? 0n;
  /** How many letters may be found by here, so that the rest follows. */
  const rest: bigint[] = [];
  const ends: number[] = [];
  for (let at = last; at >= from; at -= 1) {
    let letters = 0n;
    for (const reading of readingsAt(at).all) {
      const goal = (rest[reading.next - from] ?? 0n) | (foundAt(reading.next) & whole);
      const meant = backward(places, goal, reading) & (foundAt(at) | 1n);
      if (meant === 0n) continue;
      letters |= meant;
      ends[at - from] = Math.max(ends[at - from] ?? 0, reading.next);
    }
    rest[at - from] = letters;
  }
  const spans: Span[] = [];
  for (let at = from; at <= last; at += 1) {
    const end = ends[at - from];
    if (end === undefined) continue;
    const before = spans.at(-1);
    const goesOn = ((rest[at - from] ?? 0n) & ~1n) !== 0n;
    if (before !== undefined && (at < before.end || (at === before.end && goesOn))) {
      spans[spans.length - 1] = { start: before.start, end: Math.max(before.end, end) };
    } else {
      spans.push({ start: at, end });
    }
  }
  return spans;
}

/** Where the first secret may begin that the data end in. */
function firstCut({ places, whole, from, last, readingsAt }: Search, end: number): number {
  const rest: bigint[] = [];
  let first = end;
  for (let at = last; at >= from; at -= 1) {
    const { all, isCut } = readingsAt(at);
    let letters = isCut ? whole - 1n : 0n;
    for (const reading of all) {
      const goal = reading.next < end ? (rest[reading.next - from] ?? 0n) : whole - 1n;
      letters |= backward(places, goal, reading);
    }
    rest[at - from] = letters;
    if ((letters & 1n) !== 0n && at < end) first = at;
  }
  return first;
}
