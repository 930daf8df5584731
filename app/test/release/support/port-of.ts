import type { Server } from 'node:net';

/** The port that a server was given when it asked for any. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
