import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RightByLogIn, RouteRight } from '../api.ts';
import type { CodedError } from '@gitcron/base/coded-error';
import { ROLES } from '../../api/session.ts';
import { HttpError } from '../problem.ts';
import type { OpenRequests } from './open-requests.ts';
import { may, SCOPES_OF, scopesFor, type Principal, type Right } from './principal.ts';
import { readSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface GuardOptions {
  /** Why nobody can be let in over the network; null when it is known who may. */
  accessDamage(): CodedError | null;
  readonly openRequests: OpenRequests;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  /** The connection came through the control socket, which only we and root can open. */
  isControl(socket: Socket): boolean;
}

const COMMAND_LINE: Principal = {
  name: 'command line',
  via: 'socket',
  role: null,
  scopes: ['admin'],
  byCookie: false,
  expiresAt: null,
  sessionId: null,
};

/** Refuses every request that its sender has no right to; runs before anything else is read. */
export function createGuard(options: GuardOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const right = rightOf(request);
    const principal = identify(request, options);
    request.principal = principal;
    const isAllowed = (): boolean => {
      const now = identify(request, options);
      return right === 'nothing' || (now !== null && may(now, right));
    };
    request.accessLost = () => options.openRequests.watch(reply.raw, isAllowed);
    if (right === 'nothing') return;
    if (principal === null && options.accessDamage() !== null) throw nobodyLetIn();
    if (principal === null) {
      reply.header('www-authenticate', 'Bearer realm="gitcron"');
      throw notLoggedIn(request.headers.authorization !== undefined);
    }
    if (right !== 'any' && !may(principal, right)) throw notAllowed(principal, right);
    if (principal.byCookie && changes(request)) refuseOtherOrigins(request);
  };
}

function rightOf(request: FastifyRequest): Right {
  const { right: declared } = request.routeOptions.config;
  if (declared === undefined && request.is404) return 'nothing';
  const needed = rightFor(request.method, declared, request.headers.authorization !== undefined);
  if (needed !== 'trigger') return needed;
  return { trigger: slugOf(request.params) };
}

function slugOf(params: unknown): string {
  const named = typeof params === 'object' && params !== null && 'slug' in params;
  return named ? String(params.slug) : '';
}

/** A header counts for more than a cookie: whoever sends a wrong token learns that it is wrong. */
function identify(request: FastifyRequest, options: GuardOptions): Principal | null {
  if (options.isControl(request.raw.socket)) return COMMAND_LINE;
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const token = secret === undefined ? null : options.tokens.verify(secret);
    if (token === null) return null;
    const { name, scopes, expiresAt } = token;
    const principal = { name: `token ${name}`, via: 'token', role: null, byCookie: false } as const;
    return { ...principal, scopes, expiresAt, sessionId: null };
  }
  const cookie = readSessionCookie(request);
  const session = cookie === null ? null : options.sessions.find(cookie);
  if (session === null) return null;
  const { id: sessionId, name, role, via, expiresAt } = session;
  return { name, via, role, scopes: SCOPES_OF[role], byCookie: true, expiresAt, sessionId };
}

/**
 * @param declared what the route says of itself
 * @param byToken whether the request carries the header of a token
 */
export function rightFor(
  method: string,
  declared: RouteRight | RightByLogIn | undefined,
  byToken: boolean,
): RouteRight {
  if (typeof declared === 'object') return byToken ? declared.token : declared.session;
  return declared ?? (changes({ method }) ? 'admin' : 'read');
}

function changes({ method }: Pick<FastifyRequest, 'method'>): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/**
 * A page elsewhere can make a browser send a request with our cookie, but not lie about where it
 * came from (RFC 6454, section 7).
 */
export function refuseOtherOrigins(request: FastifyRequest): void {
  const { origin } = request.headers;
  const host = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
  if (host !== null && host === request.host) return;
  throw new HttpError(403, 'GITCRON_E_ORIGIN', 'This change was asked for by another site.', {
    hint: 'Log in at the address that you use here. Behind a proxy, let it pass the Host header on, and set TRUST_PROXY.',
  });
}

/** Without the place, which is nothing for strangers. */
function nobodyLetIn(): HttpError {
  const sentence = 'It cannot be found out who may log in: nobody is let in over the network.';
  return new HttpError(503, 'GITCRON_E_ACCESS_FILE', sentence, {
    hint: "The supervisor's log says why. Jobs run, and commands on its machine work (gitcron status).",
  });
}

function notLoggedIn(tokenGiven: boolean): HttpError {
  return tokenGiven
    ? new HttpError(401, 'GITCRON_E_TOKEN', 'This token is not valid.', {
        hint: 'It may be mistyped, expired or revoked. gitcron token list shows those that there are.',
      })
    : new HttpError(401, 'GITCRON_E_LOGIN', 'Say who you are first.', {
        hint: 'Send a token in the header "Authorization: Bearer …" (gitcron token create makes one), or log in at /login.',
      });
}

function notAllowed(principal: Principal, right: Exclude<Right, 'nothing' | 'any'>): HttpError {
  const { role } = principal;
  const scopes = scopesFor(right);
  if (role === null) {
    const sentence = 'This token does not have the right to do that.';
    return new HttpError(403, 'GITCRON_E_SCOPE', sentence, {
      hint: `It needs the scope ${inWords(scopes)}.`,
    });
  }
  const sentence = `You are logged in as ${role}, which is not enough for that.`;
  const roles = ROLES.filter((one) => may({ scopes: SCOPES_OF[one] }, right));
  return new HttpError(403, 'GITCRON_E_SCOPE', sentence, {
    hint: `It needs the role ${inWords(roles)}. Roles come from your identity provider: ask who looks after it.`,
  });
}

/** `read, operate or admin` */
function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${last}` : last;
}
