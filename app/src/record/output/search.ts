import type { EpochMs } from '@gitcron/base/clock';
import type { OutputStream } from '../../api/output.ts';
import type { OutputChunk } from './chunk.ts';
import { lowerAscii } from './lower-ascii.ts';
import { OpenLine } from './open-line.ts';

/** A line in which the text stands. */
export interface OutputHit {
  /** The chunk in which the text begins, and the byte of the chunk at which it does. */
  readonly sequence: number;
  readonly offset: number;
  readonly attempt: number;
  readonly stream: OutputStream;
  readonly at: EpochMs;
  /** What of the line is near the text. */
  readonly line: string;
}

/** Up to where a search has come, so that another request goes on from there. */
export interface SearchPlace {
  /** Hits that end at or before this byte of this chunk are told. */
  readonly sequence: number;
  readonly offset: number;
  /** The chunk in which the oldest line begins that is not over. */
  readonly openFrom: number;
}

export interface SearchOptions {
  readonly from: SearchPlace | null;
  /** How many hits, and how many bytes are looked through for them, at most. */
  readonly limit: number;
  readonly maxBytes: number;
}

export interface SearchResult {
  readonly hits: readonly OutputHit[];
  /** Null at the end of the output. */
  readonly next: SearchPlace | null;
}

/** The line of a stream that is silent for longer than that is not waited for. */
const OPEN_CHUNKS = 16;

/**
 * Looks for a text without a line break in a run's output, whatever the case of ASCII letters; a
 * line is told once. Byte by byte, so that places are right also in what is not UTF-8.
 * @param read gives the chunks after a sequence number, in their order; none at the end.
 */
export async function searchOutput(
  read: (after: number) => Promise<readonly OutputChunk[]>,
  text: string,
  { from, limit, maxBytes }: SearchOptions,
): Promise<SearchResult> {
  const needle = lowerAscii(Buffer.from(text));
  const open = new Map<string, OpenLine>();
  const hits: OutputHit[] = [];
  let place = from ?? { sequence: 0, offset: 0, openFrom: 1 };
  let lookedAt = 0;
  for (let after = place.openFrom - 1; ;) {
    const chunks = await read(after);
    for (const chunk of chunks) {
      // Between them something was left out: a line does not go on behind that.
      if (chunk.sequence !== after + 1) open.clear();
      const key = `${chunk.attempt} ${chunk.stream}`;
      const line = open.get(key) ?? new OpenLine();
      open.set(key, line);
      for (const { end, ...found } of line.search(chunk, needle)) {
        const isTold =
          chunk.sequence < place.sequence ||
          (chunk.sequence === place.sequence && end <= place.offset);
        if (isTold) continue;
        const { attempt, stream, at } = chunk;
        hits.push({ ...found, attempt, stream, at });
        place = { ...place, sequence: chunk.sequence, offset: end };
        if (hits.length === limit)
          return { hits, next: { ...place, openFrom: oldest(open, place) } };
      }
      after = chunk.sequence;
      if (after < place.sequence) continue;
      if (after > place.sequence) lookedAt += chunk.bytes.length;
      place = { sequence: after, offset: chunk.bytes.length, openFrom: 0 };
    }
    if (chunks.length === 0) return { hits, next: null };
    if (lookedAt >= maxBytes) return { hits, next: { ...place, openFrom: oldest(open, place) } };
  }
}

function oldest(open: ReadonlyMap<string, OpenLine>, { sequence }: SearchPlace): number {
  const begun = [...open.values()].flatMap((line) => line.beganIn ?? []);
  return Math.max(Math.min(sequence, ...begun), sequence - OPEN_CHUNKS);
}
