import type { Socket } from 'node:net';
import { clientOf, plainAddress } from './access/client-address.ts';
import type { Proxies } from './access/proxies.ts';

/** Of all connections one client may have so many; an address that many may share has no such limit. */
const SHARE_OF_CLIENT = 1 / 4;

/**
 * The connections over TCP. When there is no room for another one, the oldest that nobody known is
 * using makes room: one that is idle, or on which a stranger takes his time to ask. So whoever holds
 * thousands of connections open keeps nobody out, and takes no descriptor that jobs need.
 */
export interface Connections {
  /** Closes it when there is no room. */
  admit(socket: Socket): void;
  /** Somebody known is being answered on it, until `rest`. */
  use(socket: Socket): void;
  rest(socket: Socket): void;
}

export function createConnections(limit: number, proxies: Proxies): Connections {
  /** The one that has rested for the longest comes first. */
  const resting = new Map<Socket, string>();
  const used = new Map<Socket, string>();
  const counts = new Map<string, number>();

  function count(client: string, by: 1 | -1): void {
    const now = (counts.get(client) ?? 0) + by;
    if (now === 0) counts.delete(client);
    else counts.set(client, now);
  }

  function forget(socket: Socket): void {
    const client = resting.get(socket) ?? used.get(socket);
    if (client === undefined) return;
    resting.delete(socket);
    used.delete(socket);
    count(client, -1);
  }

  /** @param client of this one only. @returns false when all are in use. */
  function makeRoom(client: string | null): boolean {
    for (const [socket, owner] of resting) {
      if (client !== null && owner !== client) continue;
      forget(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function hasRoom(client: string, isShared: boolean): boolean {
    const isGreedy = (counts.get(client) ?? 0) >= Math.max(4, limit * SHARE_OF_CLIENT);
    if (isGreedy && !isShared && !makeRoom(client)) return false;
    return resting.size + used.size < limit || makeRoom(null);
  }

  return {
    admit(socket) {
      const address = plainAddress(socket.remoteAddress ?? '') ?? '';
      const client = clientOf(address);
      if (!hasRoom(client, proxies.isShared(address))) {
        socket.destroy();
        return;
      }
      resting.set(socket, client);
      count(client, 1);
      socket.once('close', () => forget(socket));
    },
    use(socket) {
      const client = resting.get(socket);
      if (client === undefined) return;
      resting.delete(socket);
      used.set(socket, client);
    },
    rest(socket) {
      const client = used.get(socket);
      if (client === undefined) return;
      used.delete(socket);
      resting.set(socket, client);
    },
  };
}
