import { z } from 'zod';
import { iso } from './instant.ts';
import { OMISSION_REASONS } from './run.ts';

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

/** Where a line of output is: good for a link, because what is left out later does not move it. */
export const outputPlace = outputHit.pick({
  sequence: true,
  offset: true,
  attempt: true,
  stream: true,
});

/** What there is of a run's output, so that one can open it anywhere without reading it. */
export const outputOutline = z.object({
  over: z.boolean().describe('false: more may come'),
  parts: z
    .array(
      z.object({
        attempt: z.int(),
        stream: z.enum(OUTPUT_STREAMS),
        pieces: z.int(),
        bytes: z.int(),
        first: z.int().describe('the sequence number of its first piece'),
        last: z.int(),
      }),
    )
    .describe('of each attempt and stream that wrote anything'),
  marks: z
    .array(
      z.object({
        sequence: z.int(),
        bytes: z.int().describe('that come before this piece'),
        at: iso,
      }),
    )
    .describe(
      'pieces at about equal distances, 256 at most: for going to any part of it, or to a time',
    ),
  gaps: z
    .array(z.object({ after: z.int(), before: z.int() }))
    .describe('between these two pieces something was left out; 0 is the beginning. 1000 at most'),
  omittedBytes: z.int(),
  omittedWhy: z.enum(OMISSION_REASONS).nullable(),
  error: outputPlace
    .extend({ line: z.string() })
    .nullable()
    .describe("where the run's `errorLine` stands; null when it is not kept, or there is none"),
});
export type OutputOutline = z.output<typeof outputOutline>;
