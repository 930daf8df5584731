const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A longer line goes to the log in pieces, so that a job without newlines can't fill the memory. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** What the carry keeps allocated between lines. */
const IDLE_CARRY_BYTES = 64 * 1024;

/** Turns chunks that end anywhere into blocks that end with a newline. One per stream. */
export interface LineSplitter {
  /** @returns whole lines, each ending in a newline; null while the line is unfinished. */
  push(chunk: Buffer): Buffer | null;
  /** @returns the unfinished last line with a newline added; null when there is none. */
  end(): Buffer | null;
}

/**
 * Works on blocks of whole lines, not on single lines: a block is decoded, checked and written in
 * one step each, which is what makes a million lines cheap.
 *
 * Of an unfinished line that a carriage return overwrites (a progress bar), the last state is kept.
 */
export function createLineSplitter(maxLineBytes = MAX_LINE_BYTES): LineSplitter {
  let carry = Buffer.alloc(0);
  let carried = 0;

  function append(bytes: Buffer): void {
    const before = carried;
    const needed = before + bytes.length;
    if (needed > carry.length) {
      // Doubling, so that a long line that arrives byte by byte is not copied once per byte.
      const larger = Buffer.allocUnsafe(Math.max(needed, carry.length * 2, 1024));
      carry.copy(larger, 0, 0, before);
      carry = larger;
    }
    bytes.copy(carry, before);
    carried = needed;
    dropOverwritten(before);
  }

  function dropOverwritten(appendedFrom: number): void {
    const from = Math.max(0, appendedFrom - 1);
    // The last byte is left out: a return there may be the first half of `\r\n`.
    const last = carry.subarray(from, Math.max(from, carried - 1)).lastIndexOf(CARRIAGE_RETURN);
    if (last === -1) return;
    const next = from + last + 1;
    if (carry[next] === CARRIAGE_RETURN) return;
    carry.copyWithin(0, next, carried);
    carried -= next;
  }

  /** Empties the carry and returns it, followed by `rest`. */
  function take(rest: Buffer): Buffer {
    if (carried === 0) return rest;
    const block = Buffer.concat([carry.subarray(0, carried), rest]);
    carried = 0;
    if (carry.length > IDLE_CARRY_BYTES) carry = Buffer.alloc(0);
    return block;
  }

  return {
    push(chunk) {
      const lastNewline = chunk.lastIndexOf(NEWLINE);
      const block = lastNewline === -1 ? null : take(chunk.subarray(0, lastNewline + 1));
      const rest = chunk.subarray(lastNewline + 1);
      if (rest.length > 0) append(rest);
      if (carried < maxLineBytes) return block;
      const piece = takePiece();
      return block === null ? piece : Buffer.concat([block, piece]);
    },
    end: () => (carried === 0 ? null : take(Buffer.of(NEWLINE))),
  };

  function takePiece(): Buffer {
    const end = endOfWholeCharacter(carry.subarray(0, carried));
    const rest = Buffer.from(carry.subarray(end, carried));
    carried = end;
    const piece = take(Buffer.of(NEWLINE));
    append(rest);
    return piece;
  }
}

/** Where to cut so that no UTF-8 character is torn: before a character that is not complete. */
function endOfWholeCharacter(bytes: Buffer): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
