import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, openHouse, post, type House } from './house.ts';

const CRONTAB = `
# @name mine
@manual true
# @name other
@manual true
`;

/** Who may do what: the least scope that is enough. What is not named here needs `read`. */
const CHANGES: Readonly<Record<string, Scope>> = {
  'POST /scripts/{slug}': 'trigger:mine',
  'POST /api/v1/jobs/{slug}/runs': 'trigger:mine',
  'POST /api/v1/jobs/{slug}/acknowledge': 'operate',
  'POST /api/v1/jobs/{slug}/enable': 'operate',
  'POST /api/v1/jobs/{slug}/disable': 'operate',
  'POST /api/v1/jobs/{slug}/reset': 'operate',
  'POST /api/v1/runs/{id}/cancel': 'operate',
  'POST /api/v1/runs/{id}/retry': 'operate',
  'POST /api/v1/rollback': 'operate',
  'POST /api/v1/sync': 'operate',
  'POST /api/v1/cleanup/runs': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/{which}': 'admin',
  'DELETE /api/v1/sessions/{id}': 'admin',
};
const READS: Readonly<Record<string, Scope>> = {
  // With a token it starts the job.
  'GET /scripts/{slug}': 'trigger:mine',
  'GET /api/v1/tokens': 'admin',
  'GET /api/v1/sessions': 'admin',
  'GET /api/v1/settings': 'admin',
};
/** By whoever is known. */
const OF_ANYBODY_KNOWN = ['GET /api/v1/session', 'DELETE /api/v1/session'];
const OPEN = ['GET /healthz', 'GET /readyz', 'POST /api/v1/session'];

type Scope = 'read' | 'operate' | 'admin' | 'trigger:mine' | 'trigger:other';
const SCOPES: readonly Scope[] = ['read', 'operate', 'admin', 'trigger:mine', 'trigger:other'];

/** Which scopes are enough where this one is needed. */
const ENOUGH: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read', 'operate', 'admin'],
  operate: ['operate', 'admin'],
  admin: ['admin'],
  'trigger:mine': ['trigger:mine', 'operate', 'admin'],
  'trigger:other': [],
};

const description = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ security: z.array(z.record(z.string(), z.array(z.string()))) }),
    ),
  ),
});

let house: House;
let routes: ReadonlyMap<string, readonly Readonly<Record<string, readonly string[]>>[]>;
beforeAll(async () => {
  house = await openHouse({ crontab: CRONTAB });
  const { paths } = description.parse(await (await house.control('/api/v1/openapi.json')).json());
  routes = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [
        `${method.toUpperCase()} ${path}`,
        security,
      ]),
    ),
  );
});
afterAll(() => house[Symbol.asyncDispose]());

const leastOf = (route: string): Scope => CHANGES[route] ?? READS[route] ?? 'read';

/** Asks with what is there for nobody, so that only the right is looked at. */
async function isAllowed(route: string, headers: Record<string, string>): Promise<boolean> {
  const [method = '', path = ''] = route.split(' ');
  const stop = new AbortController();
  const answer = await house.ask(path.replace('{slug}', 'mine').replaceAll(/\{\w+\}/g, '0'), {
    method,
    headers,
    signal: stop.signal,
  });
  stop.abort();
  return answer.status !== 403;
}

describe('each scope', () => {
  it('every change is in the table, and no route that is gone', () => {
    const changes = [...routes.keys()].filter((route) => !route.startsWith('GET '));
    const known = [...Object.keys(CHANGES), ...OF_ANYBODY_KNOWN, ...OPEN];
    expect(changes.filter((route) => !known.includes(route))).toEqual([]);
    const gone = [...known, ...Object.keys(READS)].filter((route) => !routes.has(route));
    expect(gone).toEqual([]);
  });

  it.each(SCOPES)('%s is allowed its own on every route, and nothing else', async (scope) => {
    const headers = bearer(await house.token(scope));
    const wrong: string[] = [];
    for (const route of routes.keys()) {
      const isOpen = OPEN.includes(route) || OF_ANYBODY_KNOWN.includes(route);
      const should = isOpen || ENOUGH[leastOf(route)].includes(scope);
      // A log-in by password comes from a page of ours.
      const sent = route === 'POST /api/v1/session' ? { origin: house.url } : headers;
      const may = await isAllowed(route, sent);
      if (may !== should) wrong.push(`${route}: ${may ? 'allowed' : 'refused'}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is named in the description of the API', () => {
    const told = [...routes].map(([route, security]) => [
      route,
      security.find(({ token }) => token !== undefined)?.['token'],
    ]);
    const expected = [...routes.keys()].map((route) => {
      if (OPEN.includes(route)) return [route, undefined];
      if (OF_ANYBODY_KNOWN.includes(route)) return [route, []];
      return [route, [leastOf(route).replace('trigger:mine', 'trigger:{slug}')]];
    });
    expect(told).toEqual(expected);
  });
});

it('a refusal names every scope that would have been enough', async () => {
  const headers = bearer(await house.token('read'));
  for (const [path, hint] of [
    ['/api/v1/sync', 'It needs the scope operate or admin.'],
    ['/api/v1/tokens', 'It needs the scope admin.'],
    ['/scripts/mine', 'It needs the scope trigger:mine, operate or admin.'],
  ] as const) {
    const answer = await house.ask(path, post(undefined, headers));
    expect([answer.status, await answer.json()]).toMatchObject([403, { hint }]);
  }
});

it('operate does what it says', async () => {
  const headers = bearer(await house.token('operate'));
  const ran = await house.ask('/scripts/mine?wait=20', post(undefined, headers));
  expect(ran.status).toBe(200);
  const by = z.object({ name: z.string() });
  const session = await house.ask('/api/v1/session', { headers });
  const { name } = by.parse(await session.json());
  expect(await (await house.ask('/api/v1/runs', { headers })).text()).toContain(
    `"requestedBy":"${name}"`,
  );
  const disabled = await house.ask('/api/v1/jobs/mine/disable', post(undefined, headers));
  expect(await disabled.json()).toMatchObject({ enabled: false });
});
