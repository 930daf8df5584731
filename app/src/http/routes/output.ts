import { Readable } from 'node:stream';
import { z } from 'zod';
import { OUTPUT_STREAMS } from '../../api/output.ts';
import type { OutputChunk } from '../../record/output/chunk.ts';
import type { Api } from '../api.ts';
import { findRun } from '../find-run.ts';
import type { Followers } from '../followers.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { documented } from '../documented.ts';
import { outputPage } from '../../api/output.ts';
import { viewChunk } from '../views/chunk.ts';
import { runPath } from './runs.ts';
import { wholeNumber } from '../whole-number.ts';

const tags = ['output'];

/** Of Postgres. */
const MAX_INTEGER = 2 ** 31 - 1;
const stream = z.enum(OUTPUT_STREAMS).optional();
const attempt = wholeNumber(1, MAX_INTEGER).optional();
const afterSequence = wholeNumber(0, MAX_INTEGER).default(0);

const range = z.object({
  after: afterSequence.describe('a sequence number'),
  stream,
  attempt,
  maxBytes: wholeNumber(1, 8 * 1024 * 1024).default(1024 * 1024),
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
      const chunks = await page(runId, query);
      return { items: chunks.map(viewChunk), next: chunks.at(-1)?.sequence ?? null };
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

  type Part = Omit<z.output<typeof range>, 'after' | 'maxBytes'>;

  async function page(
    runId: string,
    { after, stream: name, attempt: number, maxBytes }: Part & { after: number; maxBytes: number },
  ): Promise<readonly OutputChunk[]> {
    if (after === 0) await rooms.record?.recorder.shipNow().catch(() => {});
    return readHistory(rooms, (history) =>
      history.output(runId, {
        after,
        maxBytes,
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
