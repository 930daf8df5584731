import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding, PanelFile } from './panel-files.ts';

const YEAR_SEC = 365 * 24 * 3600;

/** Assets are kept for ever; anything else is asked for anew, and answered in one line if it is known. */
export function sendPanelFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PanelFile,
): FastifyReply {
  const { headers } = request;
  reply
    .header(
      'cache-control',
      file.isImmutable ? `public, max-age=${YEAR_SEC}, immutable` : 'no-cache',
    )
    .header('vary', file.isImmutable ? 'accept-encoding' : 'accept, accept-encoding')
    .header('etag', file.etag);
  if (isKnown(headers['if-none-match'], file.etag)) return reply.status(304).send();
  const encoding = encodingFor(headers['accept-encoding'], file);
  if (encoding !== null) reply.header('content-encoding', encoding);
  return reply.type(file.type).send((encoding && file.compressed[encoding]) ?? file.body);
}

function encodingFor(accepted: string | string[] | undefined, file: PanelFile): Encoding | null {
  const encodings = (['br', 'gzip'] as const).filter((name) => file.compressed[name]);
  const chosen = negotiate(String(accepted ?? ''), encodings);
  return encodings.find((name) => name === chosen) ?? null;
}

/** RFC 9110, section 13.1.2; proxies make weak tags of strong ones, never the other way. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim()) ?? [];
  return tags.includes('*') || tags.includes(etag);
}
