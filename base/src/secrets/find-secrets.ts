import { findPlain, indexPlain, type Span } from './find-plain.ts';
import { introducersFor, quickLook } from './quick-look.ts';
import { matchWritten, writtenPattern, type WrittenPattern } from './match-written.ts';
import { readWritten, type ReadWritten } from './read-written.ts';
import { INTRODUCE_ONLY, isIntroducer, type Reading, type Readings } from './written-bytes.ts';

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
export function secretFinder(
  secrets: readonly string[],
  readWrittenIn: ReadWritten = readWritten,
): FindSecrets {
  const patterns = secrets.map((secret) => Buffer.from(secret)).filter(({ length }) => length > 0);
  if (patterns.length === 0) return (data) => ({ spans: [], keepFrom: data.length });
  const plain = indexPlain(patterns);
  const introducers = introducersFor(patterns);
  const nextPlace = quickLook(patterns);
  const longest = Math.max(...patterns.map(({ length }) => length));
  const byFirst = Map.groupBy(patterns.map(writtenPattern), ({ bytes: [first = 0] }) => first);

  /** @returns where a secret may begin that goes on behind the data. */
  function read(data: Buffer, from: number, spans: Span[]): number {
    const readingsAt = readWrittenIn(data);
    /** Where each secret is to be looked for again. */
    const until = new Map<WrittenPattern, number>();
    let keepFrom = data.length;
    for (let at = nextPlace(data, from); at < data.length; at = nextPlace(data, at + 1)) {
      const { all, isCut } = readingsAt(at);
      if (isCut) keepFrom = Math.min(keepFrom, at);
      for (const reading of all) {
        for (const pattern of byFirst.get(reading.bytes[0] ?? 0) ?? []) {
          if (at < (until.get(pattern) ?? 0)) continue;
          const match = matchPlain(data, pattern.bytes, at, reading, readingsAt);
          if (match === 'other') continue;
          if (match === 'cut') keepFrom = Math.min(keepFrom, at);
          else if (match === 'written') {
            const searched = matchWritten(pattern, data, at, readingsAt, spans);
            until.set(pattern, searched.until);
            keepFrom = Math.min(keepFrom, searched.keepFrom);
          } else spans.push({ start: at, end: match });
        }
      }
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

/**
 * From the first letter on, as it stands: most often the second or third is another.
 * @returns where the secret ends; or that an escape comes before that, or the end of the data.
 */
function matchPlain(
  data: Buffer,
  pattern: Buffer,
  start: number,
  first: Reading,
  readingsAt: (at: number) => Readings,
): number | 'other' | 'cut' | 'written' {
  if (first.next !== start + 1) return standsAt(pattern, first.bytes) ? 'written' : 'other';
  for (let count = 1; count < pattern.length; count += 1) {
    const byte = data[start + count];
    if (byte === undefined) return 'cut';
    if (isIntroducer(byte)) {
      const wanted = pattern[count];
      const only = INTRODUCE_ONLY.get(byte);
      if (only !== undefined && wanted !== byte && wanted !== only) return 'other';
      const { all, isCut } = readingsAt(start + count);
      return isCut || all.some(({ bytes }) => bytes[0] === wanted) ? 'written' : 'other';
    }
    if (byte !== pattern[count]) return 'other';
  }
  return start + pattern.length;
}

function standsAt(pattern: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => pattern[index] === byte);
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
