import type { OutputChunk } from './chunk.ts';
import { lowerAscii } from './lower-ascii.ts';

/** Of a line this much is told around what was looked for, in bytes. */
const AROUND = { before: 120, after: 280 };

/** What is remembered of a line that goes on in the next chunk: more than a text that is looked for has. */
const KEPT_BYTES = 1024;

const NEWLINE = 0x0a;

/** A stretch of the bytes at hand, and where it lies. */
interface Piece {
  readonly sequence: number;
  readonly offset: number;
  readonly length: number;
}

interface Found {
  readonly sequence: number;
  readonly offset: number;
  /** Where in the chunk the text ends. */
  readonly end: number;
  readonly line: string;
}

/** The end of what a stream wrote so far, if it is not the end of a line: a text may go on behind it. */
export class OpenLine {
  #bytes = Buffer.alloc(0);
  #pieces: readonly Piece[] = [];
  /** The open line was told for a text further ahead in it. */
  #isTold = false;

  /** The chunk in which the open line begins, as far as it is remembered; null when none is open. */
  get beganIn(): number | null {
    return this.#pieces[0]?.sequence ?? null;
  }

  /** The lines of a chunk in which the text stands, with those that begin in chunks before it. */
  *search({ sequence, bytes }: OutputChunk, needle: Buffer): Generator<Found> {
    const before = this.#bytes.length;
    const all = before === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const lower = lowerAscii(all);
    const pieces = [...this.#pieces, { sequence, offset: 0, length: bytes.length }];
    const firstLineEnd = endOfLine(all, 0);
    let isTold = this.#isTold;
    let toldUpTo = isTold ? firstLineEnd : 0;
    for (
      let at = lower.indexOf(needle, toldUpTo);
      at !== -1;
      at = lower.indexOf(needle, toldUpTo)
    ) {
      const lineEnd = endOfLine(all, at);
      toldUpTo = lineEnd;
      isTold = lineEnd === all.length;
      const end = at + needle.length - before;
      // Else it was told with the chunk before.
      if (end > 0) yield { ...placeOf(at, pieces), end, line: excerpt(all, at, lineEnd) };
    }
    this.#keep(all, pieces, isTold && toldUpTo === all.length);
  }

  #keep(all: Buffer, pieces: readonly Piece[], isTold: boolean): void {
    const from = Math.max(all.lastIndexOf(NEWLINE) + 1, all.length - KEPT_BYTES);
    // A copy: a few bytes would keep the whole chunk in memory.
    this.#bytes = Buffer.from(all.subarray(from));
    this.#pieces = from === all.length ? [] : behind(from, pieces);
    this.#isTold = isTold && from < all.length;
  }
}

function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end === -1 ? bytes.length : end;
}

function placeOf(at: number, pieces: readonly Piece[]): { sequence: number; offset: number } {
  let start = 0;
  for (const { sequence, offset, length } of pieces) {
    if (at < start + length) return { sequence, offset: offset + at - start };
    start += length;
  }
  throw new RangeError('a place outside of its pieces');
}

/** The pieces without what lies before `from`. */
function behind(from: number, pieces: readonly Piece[]): Piece[] {
  let start = 0;
  return pieces.flatMap(({ sequence, offset, length }) => {
    const cut = Math.min(Math.max(from - start, 0), length);
    start += length;
    return cut === length ? [] : [{ sequence, offset: offset + cut, length: length - cut }];
  });
}

/** What stands around a place of a line, cut between characters. */
function excerpt(bytes: Buffer, at: number, lineEnd: number): string {
  const lineStart = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
  let start = Math.max(lineStart, at - AROUND.before);
  let end = Math.min(lineEnd, at + AROUND.after);
  while (start > lineStart && start < at && isInCharacter(bytes[start])) start += 1;
  while (end < lineEnd && end > at && isInCharacter(bytes[end])) end -= 1;
  return bytes.subarray(start, end).toString();
}

/** A byte that goes on with the character before it (RFC 3629). */
function isInCharacter(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
