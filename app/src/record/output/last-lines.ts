import type { OutputChunk } from './chunk.ts';

const NEWLINE = 0x0a;

/** More than every sequence number. */
const END = Number.MAX_SAFE_INTEGER;

/** Of whoever wants a hundred lines, most are content with so much. */
const FIRST_BYTES = 64 * 1024;

/**
 * The chunks at the end of a run's output that hold its last lines.
 * @param read gives the chunks that end before a sequence number, oldest first.
 * @param want.maxBytes ends it sooner, where lines are long.
 */
export async function lastLines(
  read: (before: number, maxBytes: number) => Promise<readonly OutputChunk[]>,
  want: { readonly lines: number; readonly maxBytes: number },
): Promise<readonly OutputChunk[]> {
  let found: readonly OutputChunk[] = [];
  let bytes = 0;
  // One more: the break that ends the output begins no line, and one ends the line before the first.
  let missing = want.lines + 1;
  let step = Math.min(FIRST_BYTES, want.maxBytes);
  for (let before = END; bytes < want.maxBytes; step = want.maxBytes - bytes) {
    const chunks = await read(before, step);
    const [first] = chunks;
    if (first === undefined) return found;
    const needed = chunks.findLastIndex((chunk) => {
      missing -= lineBreaks(chunk.bytes);
      return missing <= 0;
    });
    found = [...chunks.slice(Math.max(needed, 0)), ...found];
    if (needed !== -1) return found;
    bytes += chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    before = first.sequence;
  }
  return found;
}

function lineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
