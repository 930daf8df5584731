import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { runView } from '../../src/api/run.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { openHouse, PASSWORD, post, type House } from './house.ts';

const CRONTAB = `
# @name quick
@manual echo done; echo well > $GITCRON_RESULT_FILE
# @name fails
@manual echo no >&2; exit 3
# @name patient
@manual sleep 60
0 3 * * * true
`;

const content = z.record(z.string(), z.object({ schema: z.unknown().optional() }));
const operation = z.object({
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});
const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

let server: TestServer;
let house: House;
let routes: ReadonlyMap<string, z.output<typeof operation>>;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
  const { paths } = description.parse(await (await house.control('/api/v1/openapi.json')).json());
  routes = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one]),
    ),
  );
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

/** What is asked, and the path it is asked with. */
type Question = readonly [path: string, init?: Parameters<House['ask']>[1]];

async function start(job: string, query = '?wait=20'): Promise<string> {
  const answer = await house.control(`/scripts/${job}${query}`, post());
  return runView.parse(await answer.json()).id;
}

/** For each route something that it answers well, and something that it refuses. */
async function questions(): Promise<Record<string, readonly Question[]>> {
  const [good, bad, open] = [
    await start('quick'),
    await start('fails'),
    await start('patient', ''),
  ];
  const release = z
    .object({ items: z.array(z.object({ revision: z.string() })) })
    .parse(await (await house.control('/api/v1/releases')).json()).items[0]?.revision;
  const [from, to] = [-1, 1].map((side) => new Date(Date.now() + side * 86_400_000).toISOString());
  const slots = `/api/v1/slots?from=${from}&to=${to}`;
  const origin = house.url;
  await house.ask('/api/v1/session', post({ password: PASSWORD }, { origin }));
  const session = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await (await house.control('/api/v1/sessions')).json()).items[0]?.id;
  const stop = { signal: AbortSignal.timeout(20_000) };
  return {
    'GET /healthz': [['/healthz']],
    'GET /readyz': [['/readyz']],
    'GET /metrics': [['/metrics']],
    'GET /scripts/{slug}': [['/scripts/quick'], ['/scripts/nothing']],
    'POST /scripts/{slug}': [
      ['/scripts/quick?wait=20', post()],
      ['/scripts/fails?wait=20', post()],
      ['/scripts/nothing', post()],
    ],
    'GET /api/v1/status': [['/api/v1/status']],
    'GET /api/v1/system': [['/api/v1/system']],
    'GET /api/v1/settings': [['/api/v1/settings']],
    'GET /api/v1/session': [['/api/v1/session']],
    'POST /api/v1/session': [
      ['/api/v1/session', post({ password: PASSWORD })],
      ['/api/v1/session', post({ password: 'wrong' })],
    ],
    'DELETE /api/v1/session': [['/api/v1/session', { method: 'DELETE' }]],
    'GET /api/v1/jobs': [['/api/v1/jobs'], ['/api/v1/jobs?runs=3'], ['/api/v1/jobs?runs=x']],
    'GET /api/v1/jobs/{slug}': [['/api/v1/jobs/quick?runs=2'], ['/api/v1/jobs/nothing']],
    'GET /api/v1/jobs/{slug}/slots': [['/api/v1/jobs/true/slots']],
    'GET /api/v1/jobs/{slug}/durations': [['/api/v1/jobs/quick/durations']],
    'GET /api/v1/jobs/{slug}/crontab': [
      ['/api/v1/jobs/quick/crontab'],
      ['/api/v1/jobs/nothing/crontab'],
    ],
    'GET /api/v1/jobs/{slug}/changes': [
      ['/api/v1/jobs/quick/changes'],
      ['/api/v1/jobs/quick/changes?before=x'],
    ],
    'POST /api/v1/jobs/{slug}/runs': [
      ['/api/v1/jobs/quick/runs', post({})],
      ['/api/v1/jobs/nothing/runs', post({})],
    ],
    'POST /api/v1/jobs/{slug}/acknowledge': [
      ['/api/v1/jobs/fails/acknowledge', post()],
      ['/api/v1/jobs/quick/acknowledge', post()],
    ],
    'POST /api/v1/jobs/{slug}/enable': [['/api/v1/jobs/true/enable', post()]],
    'POST /api/v1/jobs/{slug}/disable': [['/api/v1/jobs/true/disable', post()]],
    'POST /api/v1/jobs/{slug}/reset': [['/api/v1/jobs/true/reset', post()]],
    'GET /api/v1/slots': [[slots], ['/api/v1/slots?from=x']],
    'GET /api/v1/marks': [['/api/v1/marks'], ['/api/v1/marks?from=x']],
    'GET /api/v1/runs': [['/api/v1/runs?limit=2'], ['/api/v1/runs?limit=0']],
    'GET /api/v1/runs/{id}': [
      [`/api/v1/runs/${good}`],
      [`/api/v1/runs/${bad}`],
      [`/api/v1/runs/${open}`],
      [`/api/v1/runs/${randomUUID()}`],
    ],
    'GET /api/v1/runs/{id}/neighbours': [
      [`/api/v1/runs/${bad}/neighbours`],
      [`/api/v1/runs/${randomUUID()}/neighbours`],
    ],
    'GET /api/v1/runs/{id}/why': [[`/api/v1/runs/${bad}/why`]],
    'GET /api/v1/runs/{id}/output': [
      [`/api/v1/runs/${bad}/output?tail=5`],
      [`/api/v1/runs/${bad}/output?at=1`],
    ],
    'GET /api/v1/runs/{id}/output/outline': [
      [`/api/v1/runs/${bad}/output/outline`],
      [`/api/v1/runs/${good}/output/outline?stream=stdout&attempt=1`],
    ],
    'GET /api/v1/runs/{id}/output/search': [[`/api/v1/runs/${bad}/output/search?text=no`]],
    'GET /api/v1/runs/{id}/output/download': [[`/api/v1/runs/${good}/output/download`]],
    'GET /api/v1/runs/{id}/output/live': [
      [`/api/v1/runs/${good}/output/live`],
      [`/api/v1/runs/${good}/output/live`, { headers: { 'last-event-id': 'end' } }],
    ],
    'POST /api/v1/runs/{id}/cancel': [
      [`/api/v1/runs/${open}/cancel`, post()],
      [`/api/v1/runs/${good}/cancel`, post()],
    ],
    'POST /api/v1/runs/{id}/retry': [
      [`/api/v1/runs/${good}/retry`, post()],
      [`/api/v1/runs/${good}/retry`, post({ params: { month: '2026-10' } })],
    ],
    'GET /api/v1/stream': [['/api/v1/stream', stop]],
    'GET /api/v1/releases': [['/api/v1/releases']],
    'GET /api/v1/releases/{from}/diff/{to}': [
      [`/api/v1/releases/${release}/diff/${release}`],
      ['/api/v1/releases/00000000/diff/11111111'],
    ],
    'GET /api/v1/releases/{revision}/rollback-preview': [
      [`/api/v1/releases/${release}/rollback-preview`],
    ],
    'GET /api/v1/rollback-preview': [['/api/v1/rollback-preview']],
    'POST /api/v1/rollback': [['/api/v1/rollback', post()]],
    'GET /api/v1/revisions': [['/api/v1/revisions']],
    'GET /api/v1/events': [['/api/v1/events?limit=1']],
    'POST /api/v1/sync': [['/api/v1/sync', post()]],
    'GET /api/v1/tokens': [['/api/v1/tokens']],
    'POST /api/v1/tokens': [
      ['/api/v1/tokens', post({ name: 'one', scopes: ['read'] })],
      ['/api/v1/tokens', post({ name: 'two', scopes: ['everything'] })],
    ],
    'DELETE /api/v1/tokens/{which}': [
      ['/api/v1/tokens/one', { method: 'DELETE' }],
      ['/api/v1/tokens/nothing', { method: 'DELETE' }],
    ],
    'GET /api/v1/sessions': [['/api/v1/sessions']],
    'DELETE /api/v1/sessions/{id}': [
      [`/api/v1/sessions/${session}`, { method: 'DELETE' }],
      ['/api/v1/sessions/nothing', { method: 'DELETE' }],
    ],
    'POST /api/v1/cleanup/runs': [['/api/v1/cleanup/runs', post({ dryRun: true })]],
  };
}

it('says of every route exactly what it answers', async () => {
  const asked = await questions();
  expect(Object.keys(asked).toSorted()).toEqual([...routes.keys()].toSorted());
  for (const [route, some] of Object.entries(asked)) {
    for (const [path, init = {}] of some) {
      const answer = await house.control(path, init);
      const documented = routes.get(route)?.responses ?? {};
      const { status } = answer;
      const said = documented[status] ?? documented[`${Math.floor(status / 100)}XX`];
      expect(said, `${route} ${path} answers ${status}`).toBeDefined();
      const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
      const described = said?.content?.[type];
      expect(described !== undefined, `${route} ${path}: ${type}`).toBe(status !== 204);
      if (type === 'text/event-stream') {
        await answer.body?.cancel();
        continue;
      }
      const text = await answer.text();
      if (!type.endsWith('json')) continue;
      const schema = z.fromJSONSchema(z.record(z.string(), z.unknown()).parse(described?.schema));
      const body: unknown = JSON.parse(text);
      // Nothing is missing, nothing has another form, and nothing is there that is not described.
      const read = schema.safeParse(body);
      expect(read.error, `${route} ${path}: ${text}`).toBeUndefined();
      expect(read.data).toEqual(body);
    }
  }
}, 120_000);

it('answers a change that its asker may not make as it is described', async () => {
  const token = await house.token('read');
  const headers = { authorization: `Bearer ${token}` };
  for (const [path, status] of [
    ['/api/v1/jobs/quick/runs', 403],
    ['/api/v1/rollback', 403],
  ] as const) {
    const answer = await house.ask(path, { method: 'POST', headers });
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  }
});
