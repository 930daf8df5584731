import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { errorFields, type Logger } from '@gitcron/base/log';
import type { OutputChunk } from '../record/output/chunk.ts';
import { followOutput } from '../record/output/follow.ts';
import { HttpError } from './problem.ts';
import { NO_OUTPUT } from '../api/output.ts';
import type { Rooms } from './rooms.ts';
import { viewChunk } from './views/chunk.ts';
import { viewRun } from './views/run.ts';

/** Everybody who follows the output of a run as it comes. */
export interface Followers {
  follow(reply: FastifyReply, wanted: Following): Promise<FastifyReply>;
  count(): number;
  /** Ends all of them. */
  close(): void;
}

export interface Following {
  readonly runId: string;
  /** The id of the last event that was seen; `0` for all. */
  readonly lastId: string;
  /** Whoever follows has lost the right to it. */
  readonly accessLost: AbortSignal;
}

/** Of the event `end`: who comes back with it has seen everything. */
const END_ID = 'end';

/** Proxies cut connections on which nothing is sent for a minute. */
const PULSE_MS = 20_000;

/** A follower that takes nothing for so long is gone. */
const STALLED_MS = 60_000;

/** @param most of them; others have to find a connection, too. */
export function createFollowers(rooms: Rooms, logger: Logger, most: number): Followers {
  const open = new Set<ServerResponse>();
  const closing = new AbortController();
  /** Made once for a piece of output, however many follow. */
  const events = new WeakMap<OutputChunk, string>();

  const pulse = setInterval(() => {
    for (const response of open) if (!response.writableNeedDrain) response.write(':\n\n');
  }, PULSE_MS);
  pulse.unref();

  function eventOf(chunk: OutputChunk): string {
    const known = events.get(chunk);
    if (known !== undefined) return known;
    const data = JSON.stringify(viewChunk(chunk));
    const event = `id: ${chunk.sequence}\nevent: output\ndata: ${data}\n\n`;
    events.set(chunk, event);
    return event;
  }

  async function stream(
    response: ServerResponse,
    { runId, accessLost }: Following,
    after: number,
  ): Promise<void> {
    const { record, board } = rooms;
    const left = new AbortController();
    response.once('close', () => left.abort());
    const gone = AbortSignal.any([left.signal, accessLost]);
    const signal = AbortSignal.any([gone, closing.signal]);
    // The database may hang, and who wants no output does not wait for it.
    if (record !== null && after < NO_OUTPUT) {
      const sources = {
        history: record.history,
        liveOutput: (id: string) => record.recorder.liveOutput(id),
        shipNow: () => record.recorder.shipNow(),
      };
      for await (const chunk of followOutput(sources, runId, after, signal)) {
        await send(response, eventOf(chunk), gone);
      }
    }
    if (gone.aborted) return;
    const run = (await board.ended(runId, signal)) ?? (await record?.history.run(runId)) ?? null;
    if (run === null || run.finishedAt === null) return;
    const data = JSON.stringify(viewRun(run));
    await send(response, `id: ${END_ID}\nevent: end\ndata: ${data}\n\n`, gone);
  }

  return {
    count: () => open.size,
    async follow(reply, wanted) {
      const { runId, lastId, accessLost } = wanted;
      // By this answer a browser knows that it need not come again.
      if (lastId === END_ID) return reply.status(204).send();
      if (open.size >= most) throw tooMany();
      const after = /^\d{1,9}$/.test(lastId) ? Number(lastId) : 0;
      // From here on the answer is written by us and not by fastify.
      reply.hijack();
      const response = reply.raw;
      open.add(response);
      response.once('close', () => open.delete(response));
      response.writeHead(200, {
        ...definedHeaders(reply),
        'content-type': 'text/event-stream; charset=utf-8',
        // nginx would collect what ought to be seen at once.
        'x-accel-buffering': 'no',
      });
      response.write('retry: 2000\n\n');
      // A database that goes away in between ends the stream: the client comes back for the rest.
      await stream(response, wanted, after).catch((error: unknown) => {
        logger.debug(errorFields(error), `A follower of run ${runId} was sent away.`);
      });
      // Nothing more of it is for them, not even what waits in the socket.
      if (accessLost.aborted) response.destroy();
      else response.end();
      return reply;
    },
    close() {
      clearInterval(pulse);
      closing.abort();
    },
  };
}

/** Waits while the client is behind, so that a slow one costs no memory. */
async function send(response: ServerResponse, event: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted || response.write(event)) return;
  const signal = AbortSignal.any([gone, AbortSignal.timeout(STALLED_MS)]);
  try {
    await once(response, 'drain', { signal });
  } catch {
    response.destroy();
  }
}

/** What hooks have set, such as the security headers. */
function definedHeaders(reply: FastifyReply): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function tooMany(): HttpError {
  return new HttpError(503, 'GITCRON_E_TOO_MANY_FOLLOWERS', 'Too many are following already.', {
    hint: 'Try again later, or read the output when the run has ended.',
  });
}
