import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Starts any kind of server on loopback, or on another address of this machine. @returns the port it got. */
export async function listenOnLoopback(
  server: Server,
  port = 0,
  address = LOOPBACK,
): Promise<number> {
  server.listen(port, address);
  await once(server, 'listening');
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('not a TCP server');
  return place.port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  server.close();
  await once(server, 'close');
  return port;
}
