import { Readable } from 'node:stream';
import { z } from 'zod';
import { OUTPUT_STREAMS } from '../../api/output.ts';
import type { OutputChunk } from '../../record/output/chunk.ts';
import type { Api } from '../api.ts';
import { findRun } from '../find-run.ts';
import type { Followers } from '../followers.ts';
import { readHistory, readHistorySoon } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { documented } from '../documented.ts';
import { toIso } from '../../api/instant.ts';
import { outputHits, outputOutline, outputPage } from '../../api/output.ts';
import { lastLines } from '../../record/output/last-lines.ts';
import { searchOutput, type SearchPlace } from '../../record/output/search.ts';
import { outlineOutput } from '../outline-output.ts';
import { shipNewest } from '../ship-newest.ts';
import { viewChunk } from '../views/chunk.ts';
import { runPath } from './runs.ts';
import { wholeNumber } from '../whole-number.ts';

const tags = ['output'];

/** Of Postgres. */
const MAX_INTEGER = 2 ** 31 - 1;
const stream = z.enum(OUTPUT_STREAMS).optional();
const attempt = wholeNumber(1, MAX_INTEGER).optional();
const afterSequence = wholeNumber(0, MAX_INTEGER).default(0);

const range = z
  .object({
    after: wholeNumber(0, MAX_INTEGER)
      .optional()
      .describe('a sequence number: what comes after it'),
    before: wholeNumber(1, MAX_INTEGER).optional().describe('the page that ends before it'),
    tail: wholeNumber(1, 10_000).optional().describe('the last lines, in whole pieces'),
    at: wholeNumber(1, MAX_INTEGER)
      .optional()
      .describe('what is around this piece, half of `maxBytes` on either side'),
    stream,
    attempt,
    maxBytes: wholeNumber(1, 8 * 1024 * 1024).default(1024 * 1024),
  })
  .refine(({ after, before, tail, at }) => [after, before, tail, at].filter(isGiven).length <= 1, {
    error: 'only one of after, before, tail and at',
  });

/** So much output is looked through in one request, and so many lines are told. */
const SEARCH = { maxBytes: 4 * 1024 * 1024, defaultLimit: 50, mostHits: 500 };
const PLACE = /^(\d{1,10})-(\d{1,10})-(\d{1,10})$/;

const search = z.object({
  text: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\r\n]*$/, 'a line break cannot be looked for')
    .describe('found whatever the case of its letters from a to z'),
  from: z.string().regex(PLACE, 'expected `next` of the answer before').optional(),
  limit: wholeNumber(1, SEARCH.mostHits).default(SEARCH.defaultLimit),
});

export function outputRoutes(app: Api, rooms: Rooms, followers: Followers): void {
  app.get(
    '/api/v1/runs/:id/output',
    {
      schema: {
        tags,
        summary: 'A page of what a run wrote',
        params: runPath,
        querystring: range,
        response: {
          200: outputPage,
        },
      },
    },
    async ({ params, query }) => {
      const { runId } = await findRun(rooms, params.id);
      const chunks = await selected(runId, query);
      const first = chunks[0]?.sequence ?? 1;
      return {
        items: chunks.map(viewChunk),
        next: chunks.at(-1)?.sequence ?? null,
        previous: first > 1 ? first : null,
      };
    },
  );

  app.get(
    '/api/v1/runs/:id/output/outline',
    {
      schema: {
        tags,
        summary: 'How much a run wrote, what of it was left out, and where its error stands',
        params: runPath,
        querystring: z.object({ stream, attempt }),
        response: { 200: outputOutline },
      },
    },
    async ({ params, query }) => {
      const run = await findRun(rooms, params.id);
      await shipNewest(rooms);
      return readHistory(rooms, (history) => outlineOutput(history, run, query));
    },
  );

  app.get(
    '/api/v1/runs/:id/output/search',
    {
      schema: {
        tags,
        summary: 'The lines of a run that hold a text, and where they are',
        params: runPath,
        querystring: search,
        response: { 200: outputHits },
      },
    },
    async ({ params, query: { text, from, limit } }) => {
      const { runId } = await findRun(rooms, params.id);
      const { hits, next } = await searchOutput((after) => page(runId, { after }), text, {
        from: placeOf(from),
        limit,
        maxBytes: SEARCH.maxBytes,
      });
      return {
        items: hits.map((hit) => ({ ...hit, at: toIso(hit.at) })),
        next: next && `${next.sequence}-${next.offset}-${next.openFrom}`,
      };
    },
  );

  app.get(
    '/api/v1/runs/:id/output/download',
    {
      schema: {
        tags,
        summary: 'What a run wrote, byte for byte',
        params: runPath,
        querystring: z.object({ stream, attempt }),
        response: { 200: documented('application/octet-stream', 'the bytes') },
      },
    },
    async ({ params, query, accessLost }, reply) => {
      const lost = accessLost();
      const run = await findRun(rooms, params.id);
      lost.throwIfAborted();
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${run.job}-${run.runId}.log"`)
        .send(Readable.from(allBytes(run.runId, query, lost)));
    },
  );

  app.get(
    '/api/v1/runs/:id/output/live',
    {
      // Nobody needs to wait for the end of a run to hear nothing.
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'What a run writes, as it comes (server-sent events)',
        description:
          'Events `output`, whose data is a piece of output and whose id is its sequence number, then one `end`, whose data is the run. Resumes after `Last-Event-ID`.',
        params: runPath,
        querystring: z.object({ after: afterSequence }),
        headers: z.looseObject({ 'last-event-id': z.string().max(20).optional() }),
        response: {
          200: documented('text/event-stream', 'the events'),
          204: z.null().describe('after the event `end` there are no more'),
        },
      },
    },
    async ({ params, query, headers, accessLost }, reply) => {
      const lost = accessLost();
      const { runId } = await findRun(rooms, params.id);
      lost.throwIfAborted();
      const lastId = headers['last-event-id'] ?? String(query.after);
      return followers.follow(reply, { runId, lastId, accessLost: lost });
    },
  );

  async function selected(
    runId: string,
    { tail, at, ...query }: z.output<typeof range>,
  ): Promise<readonly OutputChunk[]> {
    if (at !== undefined) {
      const maxBytes = Math.ceil(query.maxBytes / 2);
      return [
        ...(await page(runId, { ...query, before: at, maxBytes })),
        ...(await page(runId, { ...query, after: at - 1, maxBytes })),
      ];
    }
    if (tail === undefined) return page(runId, query);
    return lastLines((before, maxBytes) => page(runId, { ...query, before, maxBytes }), {
      lines: tail,
      maxBytes: query.maxBytes,
    });
  }

  interface Page extends Part {
    readonly after?: number | undefined;
    readonly before?: number | undefined;
    readonly maxBytes?: number;
  }
  type Part = Pick<z.output<typeof range>, 'stream' | 'attempt'>;

  async function page(
    runId: string,
    { after = 0, before, stream: name, attempt: number, maxBytes }: Page,
  ): Promise<readonly OutputChunk[]> {
    const isFirst = before === undefined ? after === 0 : before > MAX_INTEGER;
    if (isFirst) await shipNewest(rooms);
    return readHistorySoon(rooms, (history) =>
      history.output(runId, {
        after,
        ...(before === undefined ? {} : { before: Math.min(before, MAX_INTEGER) }),
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(name === undefined ? {} : { stream: name }),
        ...(number === undefined ? {} : { attempt: number }),
      }),
    );
  }

  async function* allBytes(
    runId: string,
    part: Part,
    accessLost: AbortSignal,
  ): AsyncGenerator<Buffer> {
    for (let after = 0; ;) {
      const chunks = await page(runId, { ...part, after, maxBytes: 1024 * 1024 });
      for (const { bytes } of chunks) {
        // Breaks the answer off: its reader must not take it for the whole.
        accessLost.throwIfAborted();
        yield bytes;
      }
      const last = chunks.at(-1);
      if (last === undefined) return;
      after = last.sequence;
    }
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

function placeOf(text: string | undefined): SearchPlace | null {
  const [, sequence, offset, openFrom] = PLACE.exec(text ?? '') ?? [];
  if (openFrom === undefined) return null;
  return {
    sequence: Number(sequence),
    offset: Number(offset),
    openFrom: Math.max(Number(openFrom), 1),
  };
}
