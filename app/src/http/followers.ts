import type { FastifyReply } from 'fastify';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { OutputChunk } from '../record/output/chunk.ts';
import { followOutput } from '../record/output/follow.ts';
import { NO_OUTPUT } from '../api/output.ts';
import type { EventStream, EventStreams } from './event-streams.ts';
import type { Rooms } from './rooms.ts';
import { viewChunk } from './views/chunk.ts';
import { viewRun } from './views/run.ts';

/** Everybody who follows the output of a run as it comes. */
export interface Followers {
  follow(reply: FastifyReply, wanted: Following): Promise<FastifyReply>;
  /**
   * Sends what a run writes from `after` on, then how it ended.
   * @param idOf makes the event's id of the number of a piece, or of the end.
   */
  sendRun(
    stream: EventStream,
    wanted: { readonly runId: string; readonly after: number },
    idOf: (place: number | typeof END_ID) => string,
  ): Promise<void>;
}

export interface Following {
  readonly runId: string;
  /** The id of the last event that was seen; `0` for all. */
  readonly lastId: string;
  /** Whoever follows has lost the right to it. */
  readonly accessLost: AbortSignal;
}

/** Of the event `end`: who comes back with it has seen everything. */
export const END_ID = 'end';

export function createFollowers(rooms: Rooms, streams: EventStreams, logger: Logger): Followers {
  /** Made once for a piece of output, however many follow. */
  const dataOf = new WeakMap<OutputChunk, string>();

  function data(chunk: OutputChunk): string {
    const known = dataOf.get(chunk) ?? JSON.stringify(viewChunk(chunk));
    dataOf.set(chunk, known);
    return known;
  }

  const sendRun: Followers['sendRun'] = async (stream, { runId, after }, idOf) => {
    const { record, board } = rooms;
    // The database may hang, and who wants no output does not wait for it.
    if (record !== null && after < NO_OUTPUT) {
      const sources = {
        history: record.history,
        liveOutput: (id: string) => record.recorder.liveOutput(id),
        shipNow: () => record.recorder.shipNow(),
      };
      for await (const chunk of followOutput(sources, runId, after, stream.ending)) {
        const id = idOf(chunk.sequence);
        await stream.send(`id: ${id}\nevent: output\ndata: ${data(chunk)}\n\n`);
      }
    }
    if (stream.gone.aborted) return;
    const ended = await board.ended(runId, stream.ending);
    const run = ended ?? (await record?.history.run(runId)) ?? null;
    if (run === null || run.finishedAt === null) return;
    const end = JSON.stringify(viewRun(run));
    await stream.send(`id: ${idOf(END_ID)}\nevent: end\ndata: ${end}\n\n`);
  };

  return {
    sendRun,
    async follow(reply, { runId, lastId, accessLost }) {
      // By this answer a browser knows that it need not come again.
      if (lastId === END_ID) return reply.status(204).send();
      const after = /^\d{1,9}$/.test(lastId) ? Number(lastId) : 0;
      const stream = streams.open(reply, accessLost);
      // A database that goes away in between ends the stream: the client comes back for the rest.
      await sendRun(stream, { runId, after }, String).catch((error: unknown) => {
        logger.debug(errorFields(error), `A follower of run ${runId} was sent away.`);
      });
      stream.end();
      return reply;
    },
  };
}
