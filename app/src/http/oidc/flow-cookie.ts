import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** So long may somebody take at their provider. */
const FLOW_MS = 10 * 60_000;
/** Of one browser at once: a tab each. More would fill the header of its requests. */
const MOST_FLOWS = 8;

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const flow = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** A path of ours. */
  next: z.string(),
  until: z.number(),
});
/** What one log-in has to remember between its beginning and its end. */
export type Flow = z.output<typeof flow>;

/**
 * Keeps log-ins that are under way in the browser that began them, each in a cookie of its own, so that
 * several tabs do not disturb each other and nobody else can end one. They are encrypted with a key of
 * this process: after a restart one begins anew.
 */
export interface Flows {
  keep(request: FastifyRequest, reply: FastifyReply, given: Omit<Flow, 'until'>): void;
  /** Each can be taken once. @returns null when this browser has begun none of that state, or long ago. */
  take(request: FastifyRequest, reply: FastifyReply, state: string): Flow | null;
}

/** @param isTls whether browsers reach us over TLS */
export function createFlows(isTls: boolean, now: () => number): Flows {
  const key = randomBytes(32);
  const prefix = `${isTls ? '__Host-' : ''}gitcron-flow-`;
  const options = { httpOnly: true, sameSite: 'lax', secure: isTls, path: '/' } as const;
  const nameOf = (state: string): string => `${prefix}${state.slice(0, 16)}`;

  function read(request: FastifyRequest, name: string): Flow | null {
    const text = request.cookies[name];
    const found = text === undefined ? null : flow.safeParse(decrypt(text, key, name)).data;
    return found != null && found.until > now() ? found : null;
  }

  return {
    keep(request, reply, given) {
      const name = nameOf(given.state);
      const text = JSON.stringify({ ...given, until: now() + FLOW_MS });
      reply.setCookie(name, encrypt(text, key, name), { ...options, maxAge: FLOW_MS / 1000 });
      const others = Object.keys(request.cookies)
        .filter((one) => one.startsWith(prefix))
        .map((one) => ({ name: one, until: read(request, one)?.until ?? 0 }))
        .toSorted((a, b) => b.until - a.until);
      for (const old of others.slice(MOST_FLOWS - 1)) reply.clearCookie(old.name, options);
    },
    take(request, reply, state) {
      const name = nameOf(state);
      const found = read(request, name);
      if (request.cookies[name] !== undefined) reply.clearCookie(name, options);
      return found?.state === state ? found : null;
    },
  };
}

/** @param name of the cookie, which its content is good for */
function encrypt(text: string, key: Buffer, name: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

/** @returns null for what this process has not encrypted. */
function decrypt(text: string, key: Buffer, name: string): unknown {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
  const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(name))
      .setAuthTag(tag);
    const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return JSON.parse(Buffer.concat([body, decipher.final()]).toString('utf8'));
  } catch {
    return null;
  }
}
