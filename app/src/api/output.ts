import { z } from 'zod';
import { iso } from './instant.ts';

export const OUTPUT_STREAMS = ['stdout', 'stderr'] as const;
export type OutputStream = (typeof OUTPUT_STREAMS)[number];

/** A sequence number after which there is nothing: for who wants to know only how a run ends. */
export const NO_OUTPUT = 999_999_999;

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
  previous: z.int().nullable().describe('`before` for the page before; null at the beginning'),
});
export type OutputPage = z.output<typeof outputPage>;

/** A line of output in which a text stands. */
export const outputHit = chunkView
  .pick({ sequence: true, attempt: true, stream: true, at: true })
  .extend({
    offset: z.int().describe('the byte of the piece `sequence` at which the text begins'),
    line: z.string().describe('what of the line is near the text'),
  });

export const outputHits = z.object({
  items: z.array(outputHit),
  next: z
    .string()
    .nullable()
    .describe('`from` for going on, also where nothing was found yet; null at the end'),
});
export type OutputHits = z.output<typeof outputHits>;
