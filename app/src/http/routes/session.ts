import rateLimit from '@fastify/rate-limit';
import { z } from 'zod';
import type { AccessFile } from '../access/access-file.ts';
import { refuseOtherOrigins } from '../access/guard.ts';
import { isPassword } from '../access/password.ts';
import {
  clearSessionCookie,
  readSessionCookie,
  setSessionCookie,
} from '../access/session-cookie.ts';
import type { Sessions } from '../access/sessions.ts';
import type { Api } from '../api.ts';
import { loginPage } from '../pages/login-page.ts';
import { sendPage } from '../pages/page.ts';
import { HttpError } from '../problem.ts';

const tags = ['log-in'];

/** Tries from one address in five minutes. */
const TRIES = 10;
const TRIES_WINDOW_MS = 5 * 60_000;

/** A try costs 16 MiB for a moment; more than so many at once wait for nothing. */
const TRIES_AT_ONCE = 4;

const password = z.string().min(1).max(1024);

export async function sessionRoutes(app: Api, file: AccessFile, sessions: Sessions): Promise<void> {
  let trying = 0;

  await app.register(async (scope: Api) => {
    await scope.register(rateLimit, {
      max: TRIES,
      timeWindow: TRIES_WINDOW_MS,
      keyGenerator: ({ ip }) => ip,
      errorResponseBuilder: (_request, { after }) => tooManyTries(after),
    });

    scope.post(
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
        refuseOtherOrigins(request);
        if (!(await isRight(request.body.password))) throw wrongPassword();
        setSessionCookie(request, reply, await sessions.begin());
        return reply.status(204).send(null);
      },
    );

    scope.post(
      '/login',
      {
        config: { right: 'nothing' },
        schema: {
          hide: true,
          body: z.object({ password, next: z.string().max(2048).default('/') }),
        },
      },
      async (request, reply) => {
        refuseOtherOrigins(request);
        const next = ourPath(request.body.next);
        if (!(await isRight(request.body.password))) {
          return sendPage(reply, 401, loginPage(next, 'That password is wrong.'));
        }
        setSessionCookie(request, reply, await sessions.begin());
        return reply.redirect(next, 303);
      },
    );
  });

  app.get('/login', { config: { right: 'nothing' }, schema: { hide: true } }, (_request, reply) =>
    sendPage(reply, 200, loginPage('/')),
  );

  app.delete(
    '/api/v1/session',
    {
      config: { right: 'read' },
      schema: { tags, summary: 'Log out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const secret = readSessionCookie(request);
      if (secret !== null) await sessions.end(secret);
      clearSessionCookie(request, reply);
      return reply.status(204).send(null);
    },
  );

  async function isRight(given: string): Promise<boolean> {
    const { password: hash } = file.content;
    if (trying >= TRIES_AT_ONCE) throw tooManyTries('a moment');
    trying += 1;
    try {
      return hash !== null && (await isPassword(given, hash));
    } finally {
      trying -= 1;
    }
  }
}

/** A path on this server and nothing that a browser takes for another one. */
function ourPath(next: string): string {
  const base = 'http://here.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const { origin, pathname, search } = new URL(next, base);
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
}

function wrongPassword(): HttpError {
  return new HttpError(401, 'GITCRON_E_PASSWORD', 'That password is wrong.', {
    hint: 'It is that of ADMIN_PASSWORD or ADMIN_PASSWORD_FILE, or was printed at the first start.',
  });
}

function tooManyTries(after: string): HttpError {
  return new HttpError(429, 'GITCRON_E_TOO_MANY_TRIES', 'Too many tries to log in.', {
    hint: `Wait ${after} and try again. Behind a proxy set TRUST_PROXY, or all clients count as one.`,
  });
}
