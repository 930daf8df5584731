import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { HttpError } from './problem.ts';

/** Answers of server-sent events, which last until their reader leaves. */
export interface EventStreams {
  /**
   * Answers with a stream. From there on the answer is not fastify's.
   * @param accessLost - its reader has lost the right to it.
   * @throws HttpError 503 when there are too many.
   */
  open(reply: FastifyReply, accessLost: AbortSignal): EventStream;
  count(): number;
  /** Ends all of them. */
  close(): void;
}

export interface EventStream {
  /** Nobody reads it any more, or may. */
  readonly gone: AbortSignal;
  /** It is to end: its reader is gone, or we stop. */
  readonly ending: AbortSignal;
  /** Waits while the reader is behind, so that a slow one costs no memory. */
  send(event: string): Promise<void>;
  end(): void;
}

/** Proxies cut connections on which nothing is sent for a minute. */
const PULSE_MS = 20_000;

/** A reader that takes nothing for so long is gone. */
const STALLED_MS = 60_000;

/** @param most of them; others have to find a connection, too. */
export function createEventStreams(most: number): EventStreams {
  const open = new Set<ServerResponse>();
  const closing = new AbortController();

  const pulse = setInterval(() => {
    for (const response of open) if (!response.writableNeedDrain) response.write(':\n\n');
  }, PULSE_MS);
  pulse.unref();

  return {
    count: () => open.size,
    open(reply, accessLost) {
      if (open.size >= most) throw tooMany();
      reply.hijack();
      const response = reply.raw;
      open.add(response);
      const left = new AbortController();
      response.once('close', () => {
        open.delete(response);
        left.abort();
      });
      response.writeHead(200, {
        ...definedHeaders(reply),
        'content-type': 'text/event-stream; charset=utf-8',
        // nginx would collect what ought to be seen at once.
        'x-accel-buffering': 'no',
      });
      response.write('retry: 2000\n\n');
      const gone = AbortSignal.any([left.signal, accessLost]);
      return {
        gone,
        ending: AbortSignal.any([gone, closing.signal]),
        send: (event) => send(response, event, gone),
        end() {
          // Nothing more of it is for them, not even what waits in the socket.
          if (accessLost.aborted) response.destroy();
          else response.end();
        },
      };
    },
    close() {
      clearInterval(pulse);
      closing.abort();
    },
  };
}

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
