import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Ends a connection that asks again before it is answered (pipelining, which no browser and no library
 * does of itself, and for which a client has to be ready: RFC 9112, 9.3.2). Node would read a thousand
 * requests out of one packet and answer all of them before anything else has its turn, so a few
 * strangers could hold back the instants of jobs for seconds.
 */
export function answerOneAtATime(server: Server): void {
  const listeners = server.listeners('request').filter(isListener);
  server.removeAllListeners('request');
  const busy = new WeakSet<Socket>();
  server.on('request', (request: IncomingMessage, response) => {
    const { socket } = request;
    if (busy.has(socket)) {
      socket.destroy();
      return;
    }
    busy.add(socket);
    response.once('finish', () => busy.delete(socket));
    for (const listener of listeners) listener.call(server, request, response);
  });
}

function isListener(listener: unknown): listener is RequestListener {
  return typeof listener === 'function';
}
