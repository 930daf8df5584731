import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError } from '@gitcron/base/coded-error';

const MAX_SOCKETS = 100;

/**
 * A small server for strangers: slow and silent clients are cut off, and there is room for a hundred.
 * Who comes when it is full gets the place of the one that has asked for nothing for the longest
 * time: a hundred silent sockets keep no webhook out.
 *
 * @throws CodedError GITCRON_E_PORT when the port cannot be had.
 */
export async function listen(
  setting: string,
  { port, host }: { readonly port: number; readonly host: string | undefined },
  answer: RequestListener,
): Promise<Server> {
  const server = createServer(
    {
      requestTimeout: 10_000,
      headersTimeout: 5_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16_384,
    },
    answer,
  );
  keepRoom(server);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new CodedError('GITCRON_E_PORT', `Port ${port} could not be opened.`, {
      place: setting,
      hint: 'Another program may have it. Choose a free port above 1023.',
      cause,
    });
  }
  return server;
}

function keepRoom(server: Server): void {
  /** In the order in which they last asked for something, or came. */
  const open = new Set<Socket>();
  const beingAnswered = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (open.size >= MAX_SOCKETS) {
      const idle = [...open].find((other) => !beingAnswered.has(other));
      (idle ?? socket).destroy();
    }
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      beingAnswered.delete(socket);
    });
  });
  server.prependListener('request', ({ socket }, answer) => {
    open.delete(socket);
    open.add(socket);
    beingAnswered.add(socket);
    answer.once('close', () => beingAnswered.delete(socket));
  });
}
