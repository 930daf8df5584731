import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers keep no cookie for longer. */
const REMEMBER_SEC = 400 * 24 * 3600;

function cookieName({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? '__Host-gitcron-browser' : 'gitcron-browser';
}

/**
 * A browser that has logged in before carries a cookie that says so. It opens nothing, but its tries
 * are counted apart from those of its address, so a stranger who guesses at the same address, or at
 * all of them, cannot lock the administrator out. Another password makes all browsers strangers.
 *
 * @param passwordHash - what is stored of the administrator's password: the key of the signature.
 * @returns which browser it is; null for a stranger
 */
export function knownBrowser(request: FastifyRequest, passwordHash: string): string | null {
  const [id = '', given = ''] = (request.cookies[cookieName(request)] ?? '').split('.', 2);
  const expected = Buffer.from(sign(id, passwordHash));
  const signature = Buffer.from(given);
  const isOurs = signature.length === expected.length && timingSafeEqual(signature, expected);
  return isOurs ? id : null;
}

export function rememberBrowser(
  request: FastifyRequest,
  reply: FastifyReply,
  passwordHash: string,
): void {
  const id = knownBrowser(request, passwordHash) ?? randomBytes(12).toString('base64url');
  reply.setCookie(cookieName(request), `${id}.${sign(id, passwordHash)}`, {
    httpOnly: true,
    sameSite: 'lax',
    secure: request.protocol === 'https',
    path: '/',
    maxAge: REMEMBER_SEC,
  });
}

function sign(id: string, passwordHash: string): string {
  return createHmac('sha256', passwordHash).update(`browser ${id}`).digest('base64url');
}
