import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { OUTPUT_STREAMS } from '../../events.ts';
import type { OutputChunk } from '../../record/output/chunk.ts';
import { iso, toIso } from './run.ts';

/** A piece of output as the API sends it: as text where it is text, else as base64; never both. */
export const chunkView = z.object({
  sequence: z.int().describe('counts over both streams; a gap is output that was left out'),
  attempt: z.int(),
  stream: z.enum(OUTPUT_STREAMS),
  at: iso,
  text: z.string().optional(),
  base64: z.string().optional().describe('instead of text: not UTF-8, or cut within a character'),
});
export type ChunkView = z.output<typeof chunkView>;

export const outputPage = z.object({
  items: z.array(chunkView),
  next: z.int().nullable().describe('`after` for the next page; null at the end'),
});
export type OutputPage = z.output<typeof outputPage>;

export function viewChunk({ sequence, attempt, stream, at, bytes }: OutputChunk): ChunkView {
  const content = isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') };
  return { sequence, attempt, stream, at: toIso(at), ...content };
}

export function bytesOf({ text, base64 }: ChunkView): Buffer {
  return base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
}
