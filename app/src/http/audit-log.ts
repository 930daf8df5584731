import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@gitcron/base/log';

/** Who changed what, and who failed to log in. What strangers try besides must not fill the log. */
export function createAuditLog(logger: Logger) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { method, principal, ip } = request;
    if (method === 'GET' || method === 'HEAD') return;
    // Without the query: its parameters may be anything.
    const what = `${method} ${request.url.split('?', 1)[0]?.slice(0, 200)}`;
    const { statusCode } = reply;
    if (principal !== null) {
      logger.info(`${what} by ${principal.name}: ${statusCode}`);
    } else if (isLogIn(request) && statusCode !== 429) {
      logger.info(`${what} from ${ip}: ${statusCode}`);
    } else {
      logger.debug(`${what} from ${ip}: ${statusCode}`);
    }
  };
}

function isLogIn({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === '/login' || url === '/api/v1/session';
}
