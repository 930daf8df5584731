import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

/**
 * Headers of which there can be one only (RFC 9110, section 5.3; RFC 6265, section 5.4). Where there are two, a proxy
 * before us may have decided by the other one. node:http refuses a second Content-Length itself, and
 * takes the first, or joins both, of the others.
 */
const SINGLE = new Set([
  'authorization',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'last-event-id',
  'origin',
]);

/** Refuses what can be read in two ways; runs ahead of everything that decides by it. */
export async function refuseAmbiguous(request: FastifyRequest): Promise<void> {
  const { rawHeaders } = request.raw;
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw ambiguous(`There are two headers ${rawHeaders[index]}.`);
    seen.add(name);
  }
  const target = absoluteTarget(request.originalUrl);
  if (target !== null && target.host !== hostAs(target.protocol, request.headers.host)) {
    throw ambiguous('The request names one host in its first line and another in its header Host.');
  }
}

/** A request to a proxy names the whole URL, and a server has to take it as well (RFC 9112, 3.2.2). */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const target = absoluteTarget(url);
  return target === null ? url : `${target.pathname}${target.search}`;
}

function absoluteTarget(url: string): URL | null {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : null;
}

/** Without a port that is the protocol's own, as in `target.host`. */
function hostAs(protocol: string, host = ''): string | null {
  const origin = `${protocol}//${host}`;
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function ambiguous(sentence: string): HttpError {
  return new HttpError(400, 'GITCRON_E_AMBIGUOUS', sentence, {
    hint: 'It can be read in two ways, so it is not answered. Send it once.',
  });
}
