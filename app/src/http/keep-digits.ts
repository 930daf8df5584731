import { parseLossless } from '@gitcron/base/lossless-json';
import type { FastifyInstance } from 'fastify';

/**
 * Lets the numbers of a JSON body through digit by digit: an order number of twenty digits is not to
 * be rounded on its way to a script. What is refused, and how, stays with fastify.
 */
export function keepDigits(app: FastifyInstance): void {
  const parseAsFastify = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    void parseAsFastify(request, text, (error, value: unknown) => {
      if (error) done(error);
      else done(null, typeof value === 'object' && value !== null ? parseLossless(text) : value);
    });
  });
}
