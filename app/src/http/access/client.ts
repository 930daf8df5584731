import type { FastifyRequest } from 'fastify';
import { clientOf, plainAddress } from './client-address.ts';
import type { Proxies } from './proxies.ts';

/** Who is counted when tries to log in are. */
export interface Client {
  /** One address, or one network of 64 bits. */
  readonly name: string;
  /** Others may stand behind the same address. */
  readonly isShared: boolean;
}

const PASSED_ON = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

export function clientOfRequest(request: FastifyRequest, proxies: Proxies): Client {
  const peer = request.raw.socket.remoteAddress ?? '';
  const address = plainAddress(request.ip) ?? plainAddress(peer) ?? peer;
  // A proxy that is not believed: whom it speaks for is not known, but that it does is.
  const isProxy = address === plainAddress(peer) && PASSED_ON.some((name) => request.headers[name]);
  return { name: clientOf(address), isShared: isProxy || proxies.isShared(address) };
}
