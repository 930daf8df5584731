import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../problem.ts';

/**
 * Refuses names that are not ours. Otherwise a page elsewhere could give its own name our address
 * and read what a browser in this network can reach (DNS rebinding). An address can't be bent so.
 */
export function createHostCheck(allowedHosts: readonly string[]) {
  const allowed = new Set(['localhost', ...allowedHosts]);
  return async ({ headers, hostname }: FastifyRequest): Promise<void> => {
    const sent = (headers.host ?? '').replace(/:\d+$/, '');
    if (isOurs(sent) && isOurs(hostname)) return;
    throw new HttpError(421, 'GITCRON_E_HOST', 'This server is not known by that name.', {
      place: hostname.slice(0, 200),
      hint: 'Add the name to HTTP_ALLOWED_HOSTS if it should be.',
    });
  };

  function isOurs(name: string): boolean {
    const address = name.replace(/^\[(.*)\]$/, '$1');
    return isIP(address) !== 0 || allowed.has(name.toLowerCase());
  }
}
