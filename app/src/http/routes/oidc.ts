import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import { clientOfRequest } from '../access/client.ts';
import { createLogInLimit } from '../access/log-in-limit.ts';
import { ourPath } from '../access/our-path.ts';
import type { Proxies } from '../access/proxies.ts';
import { setSessionCookie } from '../access/session-cookie.ts';
import { whereabouts, type Sessions } from '../access/sessions.ts';
import type { Api } from '../api.ts';
import { createFlows } from '../oidc/flow-cookie.ts';
import { CALLBACK, type IdentityProvider } from '../oidc/provider.ts';
import type { LogInPage } from '../pages/login-page.ts';
import { sendPage } from '../pages/page.ts';
import { HttpError, problemOf } from '../problem.ts';
import type { Rooms } from '../rooms.ts';

export interface OidcRoutesOptions {
  readonly provider: IdentityProvider;
  readonly sessions: Sessions;
  readonly proxies: Proxies;
  readonly page: LogInPage;
  readonly tell: Rooms['tell'];
  readonly now: () => number;
}

/** GET links, because `form-action 'self'` stops a form that leads to another site. */
export function oidcRoutes(app: Api, options: OidcRoutesOptions): void {
  const { provider, sessions, proxies, page, tell, now } = options;
  const flows = createFlows(provider.publicUrl.startsWith('https:'), now);
  const limit = createLogInLimit();
  const common = { config: { right: 'nothing' }, exposeHeadRoute: false } as const;
  const next = z.string().max(2048).catch('/');

  app.get(
    '/login/oidc',
    {
      ...common,
      schema: { hide: true, querystring: z.object({ next, moved: z.string().optional() }) },
    },
    async (request, reply) => {
      const path = ourPath(request.query.next);
      // The cookie has to be one of the host that the provider sends the browser back to.
      const isElsewhere = request.host !== new URL(provider.publicUrl).host;
      if (isElsewhere && request.query.moved === undefined) {
        const query = new URLSearchParams({ moved: '1', next: path });
        return reply.redirect(`${provider.publicUrl}/login/oidc?${query.toString()}`, 303);
      }
      try {
        const { url, flow } = await provider.begin();
        flows.keep(request, reply, { ...flow, next: path });
        return reply.redirect(url.href, 303);
      } catch (error) {
        return complain(reply, error, path);
      }
    },
  );

  app.get(CALLBACK, { ...common, schema: { hide: true } }, async (request, reply) => {
    const search = request.url.slice(CALLBACK.length);
    const state = new URLSearchParams(search).get('state') ?? '';
    const flow = flows.take(request, reply, state);
    if (flow === null) return complain(reply, notBegun(), '/');
    try {
      await logIn(request, reply, () => provider.finish(search, flow));
      return reply.redirect(flow.next, 303);
    } catch (error) {
      return complain(reply, error, flow.next);
    }
  });

  /** Tries are limited as those with a password are; that the provider is away is nobody's fault. */
  async function logIn(
    request: FastifyRequest,
    reply: FastifyReply,
    finish: () => ReturnType<IdentityProvider['finish']>,
  ): Promise<void> {
    const client = clientOfRequest(request, proxies);
    const tried: { person?: Awaited<ReturnType<typeof finish>>; error?: unknown } = {};
    await limit.try({ client, browser: null }, async () => {
      try {
        tried.person = await finish();
        return true;
      } catch (error) {
        tried.error = error;
        return error instanceof HttpError && error.status >= 500;
      }
    });
    const { person } = tried;
    if (person === undefined) throw tried.error;
    setSessionCookie(request, reply, await sessions.begin(person, whereabouts(request)));
    const { name: by, role, via, subject } = person;
    tell({ type: 'logged_in', by, from: request.ip, role, via, subject });
  }

  function complain(reply: FastifyReply, error: unknown, path: string): FastifyReply {
    if (!(error instanceof CodedError)) throw error;
    return sendPage(reply, problemOf(error).status, page(path, error));
  }
}

function notBegun(): HttpError {
  const sentence = 'This log-in was not begun in this browser, or more than ten minutes ago.';
  return new HttpError(400, 'GITCRON_E_OIDC_STATE', sentence, {
    hint: 'Begin again. It is so, too, when Gitcron was restarted meanwhile, or when a page is loaded anew.',
  });
}
