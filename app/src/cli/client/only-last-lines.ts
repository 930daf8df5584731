import type { ChunkView } from '../../api/output.ts';
import { bytesOf } from './chunk-bytes.ts';

const NEWLINE = 0x0a;

/** Of the pieces at the end of an output, the last lines: the API sends whole pieces. */
export function onlyLastLines(pieces: readonly ChunkView[], lines: number): ChunkView[] {
  const kept: ChunkView[] = [];
  // The line break that ends the output begins no line.
  let missing = bytesOf(pieces.at(-1) ?? { text: '' }).at(-1) === NEWLINE ? lines + 1 : lines;
  for (const piece of pieces.toReversed()) {
    const bytes = bytesOf(piece);
    let from = bytes.length;
    while (missing > 0 && from > 0) {
      from = bytes.lastIndexOf(NEWLINE, from - 1);
      if (from === -1) break;
      missing -= 1;
    }
    if (missing > 0) kept.unshift(piece);
    else return [cut(piece, bytes.subarray(from + 1)), ...kept];
  }
  return kept;
}

function cut(piece: ChunkView, bytes: Buffer): ChunkView {
  // Behind a line break a character begins.
  if (piece.text !== undefined) return { ...piece, text: bytes.toString() };
  return { ...piece, base64: bytes.toString('base64') };
}
