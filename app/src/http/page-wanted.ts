import type { FastifyRequest } from 'fastify';

/** Somebody went there with a browser: a page helps them more than a problem document. */
export function isPageWanted({ method, headers }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html');
}
