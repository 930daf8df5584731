import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toIso } from '../../api/instant.ts';
import { sessionView } from '../../api/session.ts';
import type { Administrator } from '../access/administrator.ts';
import { clientOfRequest } from '../access/client.ts';
import { refuseOtherOrigins } from '../access/guard.ts';
import { knownBrowser, rememberBrowser } from '../access/known-browser.ts';
import { createLogInLimit } from '../access/log-in-limit.ts';
import { isPassword } from '../access/password.ts';
import { ADMINISTRATOR } from '../access/principal.ts';
import {
  clearSessionCookie,
  readSessionCookie,
  setSessionCookie,
} from '../access/session-cookie.ts';
import { ourPath } from '../access/our-path.ts';
import type { Proxies } from '../access/proxies.ts';
import { whereabouts, type Sessions } from '../access/sessions.ts';
import type { Api } from '../api.ts';
import type { IdentityProvider } from '../oidc/provider.ts';
import type { LogInPage } from '../pages/login-page.ts';
import { sendPage } from '../pages/page.ts';
import { HttpError } from '../problem.ts';
import type { Rooms } from '../rooms.ts';

const tags = ['log-in'];

const password = z.string().min(1).max(1024);
/** Where to go afterwards; what is too long for that must keep nobody out. */
const next = z.string().max(2048).catch('/');

export interface SessionRoutesOptions {
  readonly administrator: Pick<Administrator, 'passwordHash'>;
  readonly sessions: Sessions;
  readonly proxies: Proxies;
  /** Null where people log in with the password only. */
  readonly provider: IdentityProvider | null;
  readonly page: LogInPage;
  readonly tell: Rooms['tell'];
}

export function sessionRoutes(app: Api, options: SessionRoutesOptions): void {
  const { administrator, sessions, proxies, provider, page, tell } = options;
  const limit = createLogInLimit();

  app.post(
    '/api/v1/session',
    {
      config: { right: 'nothing' },
      schema: {
        tags,
        summary: 'Log in: sets a cookie',
        body: z.strictObject({ password }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      if (!(await logIn(request, reply, request.body.password))) throw wrongPassword();
      return reply.status(204).send(null);
    },
  );

  app.post(
    '/login',
    {
      config: { right: 'nothing' },
      schema: {
        hide: true,
        body: z.object({ password, next }),
      },
    },
    async (request, reply) => {
      const path = ourPath(request.body.next);
      if (await logIn(request, reply, request.body.password)) return reply.redirect(path, 303);
      return sendPage(reply, 401, page(path, wrongPassword()));
    },
  );

  app.get(
    '/login',
    {
      config: { right: 'nothing' },
      schema: { hide: true, querystring: z.object({ next, left: z.string().optional() }) },
    },
    async (request, reply) => {
      const { next: then, left } = request.query;
      const isLeft = left === 'oidc' && provider !== null;
      const gone = isLeft ? { url: await provider.logOutUrl() } : null;
      return sendPage(reply, 200, page(ourPath(then), null, gone));
    },
  );

  app.get(
    '/api/v1/session',
    {
      config: { right: 'any' },
      schema: { tags, summary: 'Who am I, and what may I do?', response: { 200: sessionView } },
    },
    ({ principal }) => {
      // The guard lets nobody else in.
      if (principal === null) throw new TypeError('a request without its sender');
      const { name, role, scopes, via, expiresAt } = principal;
      return { name, role, scopes: [...scopes], via, expiresAt: toIso(expiresAt) };
    },
  );

  app.delete(
    '/api/v1/session',
    {
      config: { right: 'any' },
      schema: { tags, summary: 'Log out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const secret = readSessionCookie(request);
      const session = secret === null ? null : sessions.find(secret);
      if (session !== null) {
        await sessions.end(session.id);
        tell({ type: 'logged_out', by: session.name });
      }
      clearSessionCookie(request, reply);
      return reply.status(204).send(null);
    },
  );

  /** @returns whether the password was right; then the answer carries the log-in. */
  async function logIn(
    request: FastifyRequest,
    reply: FastifyReply,
    given: string,
  ): Promise<boolean> {
    // Before anything is counted: a page elsewhere must not use up the administrator's tries.
    refuseOtherOrigins(request);
    const hash = administrator.passwordHash();
    const client = clientOfRequest(request, proxies);
    const browser = knownBrowser(request, hash);
    if (!(await limit.try({ client, browser }, () => isPassword(given, hash)))) return false;
    setSessionCookie(request, reply, await sessions.begin(ADMINISTRATOR, whereabouts(request)));
    rememberBrowser(request, reply, hash);
    const { name: by, role, via } = ADMINISTRATOR;
    tell({ type: 'logged_in', by, from: request.ip, role, via });
    return true;
  }
}

function wrongPassword(): HttpError {
  return new HttpError(401, 'GITCRON_E_PASSWORD', 'That password is wrong.', {
    hint: 'It is that of ADMIN_PASSWORD or ADMIN_PASSWORD_FILE, or was printed at the first start.',
  });
}
