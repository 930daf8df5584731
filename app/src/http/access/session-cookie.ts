import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NewSession } from './sessions.ts';

/** With the prefix a browser takes it only over TLS and from this very host (RFC 6265bis). */
function cookieName({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? '__Host-gitcron' : 'gitcron';
}

export function readSessionCookie(request: FastifyRequest): string | null {
  return request.cookies[cookieName(request)] ?? null;
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { secret, expiresAt }: NewSession,
): void {
  reply.setCookie(cookieName(request), secret, {
    httpOnly: true,
    // Lax, so that a link in a mail finds its reader logged in.
    sameSite: 'lax',
    secure: request.protocol === 'https',
    path: '/',
    maxAge: Math.ceil((expiresAt - Date.now()) / 1000),
  });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(request), { path: '/' });
}
