import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@gitcron/base/log';
import { createFewLines } from './few-lines.ts';
import { CALLBACK } from './oidc/provider.ts';

/** Of requests that were refused so many a minute are told one by one, the others by their number. */
const REFUSED_LINES = 10;
const MINUTE_MS = 60_000;

export interface AuditLog {
  /** Call it with every answer. */
  note(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  close(): void;
}

/** Who changed what, and who failed to log in. What strangers try must not fill the log. */
export function createAuditLog(logger: Logger, maskText: (text: string) => string): AuditLog {
  const refused = createFewLines({
    most: REFUSED_LINES,
    perMs: MINUTE_MS,
    tellMore: (count) => logger.warn(`${count} more requests were refused in a minute.`),
  });
  return {
    async note(request, reply) {
      const { method, principal, ip } = request;
      if ((method === 'GET' || method === 'HEAD') && request.routeOptions.url !== CALLBACK) return;
      // Without the query: its parameters may be anything.
      const path = maskText(request.url.split('?', 1)[0] ?? '');
      const what = `${method} ${path.slice(0, 200)}`;
      const who = principal === null ? `from ${ip.slice(0, 64)}` : `by ${principal.name}`;
      const line = `${what} ${who}: ${reply.statusCode}`;
      if (principal === null && !isLogIn(request)) logger.debug(line);
      else if (reply.statusCode < 400) logger.info(line);
      else refused.write(() => logger.info(line));
    },
    close: () => refused.close(),
  };
}

function isLogIn({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === CALLBACK || url === '/login' || url === '/api/v1/session';
}
