import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { durationsView, jobView } from '../../src/api/job.ts';
import { outputHits, outputPage } from '../../src/api/output.ts';
import { sessionView } from '../../src/api/session.ts';
import { answerOf, runToEnd } from './ask-house.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name long
@manual seq -f 'line %.0f' 1 20000; echo 'Error: Connection Refused' >&2; seq -f 'rest %.0f' 1 5; printf unended
# @name often
@manual test "$GITCRON_PARAMS" != '{"fail":"yes"}'
# @name never
@manual true
# @name short
@manual printf 'one\\ntwo\\nthree\\n'
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

const run = (job: string, params = {}): Promise<string> => runToEnd(house, job, params);
const get = <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> =>
  answerOf(house, path, schema);

const textOf = ({ items }: z.output<typeof outputPage>): string =>
  items.map(({ text }) => text ?? '').join('');

it('begins at the end of an output and goes back to its beginning', async () => {
  const output = `/api/v1/runs/${await run('long')}/output`;
  let page = await get(`${output}?tail=3&stream=stdout`, outputPage);
  expect(textOf(page).endsWith('rest 4\nrest 5\nunended')).toBe(true);
  expect(textOf(page).length).toBeLessThan(200_000);
  let text = textOf(page);
  while (page.previous !== null) {
    page = await get(`${output}?before=${page.previous}&maxBytes=40000&stream=stdout`, outputPage);
    text = textOf(page) + text;
  }
  expect(text.startsWith('line 1\nline 2\n')).toBe(true);
  expect(text.split('\n')).toHaveLength(20_006);
  expect((await house.control(`${output}?tail=1&after=1`)).status).toBe(400);
});

it('finds lines of an output, and says where they are', async () => {
  const output = `/api/v1/runs/${await run('long')}/output`;
  const found = await get(`${output}/search?text=connection%20refused`, outputHits);
  expect(found).toMatchObject({
    items: [{ stream: 'stderr', line: 'Error: Connection Refused', offset: 7 }],
    next: null,
  });
  const lines: string[] = [];
  let next: string | null = null;
  do {
    const from: string = next === null ? '' : `&from=${next}`;
    const page = await get(`${output}/search?text=line%2012&limit=300${from}`, outputHits);
    expect(page.items.length).toBeLessThanOrEqual(300);
    lines.push(...page.items.map(({ line }) => line));
    next = page.next;
  } while (next !== null);
  expect(lines).toHaveLength(1 + 10 + 100 + 1000);
  expect(new Set(lines).size).toBe(lines.length);
  for (const query of ['text=', 'text=a%0Ab', `text=${'x'.repeat(201)}`, 'text=a&from=1-2']) {
    expect((await house.control(`${output}/search?${query}`)).status).toBe(400);
  }
});

it('prints the last lines at the command line', async () => {
  await run('short');
  const { stdout } = await execa(
    process.execPath,
    [join(import.meta.dirname, '../../bin/gitcron.js'), 'logs', 'short', '-n', '2'],
    { env: { STATE_DIR: house.stateDirectory }, cwd: house.directory },
  );
  expect(stdout).toBe('two\nthree');
});

it('says who asks, what they may do and until when', async () => {
  expect(await get('/api/v1/session', sessionView)).toEqual({
    name: 'command line',
    role: null,
    scopes: ['admin'],
    via: 'socket',
    expiresAt: null,
  });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const token = await house.token('trigger:short', expiresAt);
  const known = await house.ask('/api/v1/session', { headers: bearer(token) });
  expect(sessionView.parse(await known.json())).toMatchObject({
    role: null,
    scopes: ['trigger:short'],
    via: 'token',
    expiresAt,
  });
  const logIn = await house.ask(
    '/api/v1/session',
    post({ password: PASSWORD }, { origin: house.url }),
  );
  const [cookie = ''] = (logIn.headers.getSetCookie()[0] ?? '').split(';');
  const session = await house.ask('/api/v1/session', { headers: { cookie } });
  const told = sessionView.parse(await session.json());
  expect(told).toMatchObject({
    name: 'administrator',
    role: 'admin',
    scopes: ['admin'],
    via: 'password',
  });
  const lastsMs = Date.parse(told.expiresAt ?? '') - Date.now();
  expect(lastsMs).toBeGreaterThan(6.9 * 24 * 3_600_000);
  expect((await house.ask('/api/v1/session')).status).toBe(401);
});

it('tells of each job how its last runs went and how long it usually takes', async () => {
  const ids = [await run('often'), await run('often', { fail: 'yes' }), await run('often')];
  const { items } = await get('/api/v1/jobs?runs=2', z.object({ items: z.array(jobView) }));
  const often = items.find(({ slug }) => slug === 'often');
  expect(often?.lately?.runs).toMatchObject([
    { id: ids[2], status: 'succeeded', durationMs: expect.any(Number) },
    { id: ids[1], status: 'failed', durationMs: expect.any(Number) },
  ]);
  expect(often?.lately?.usualMs).toBe(often?.lately?.runs[0]?.durationMs);
  expect(items.find(({ slug }) => slug === 'never')?.lately).toEqual({ runs: [], usualMs: null });
  // History tells the same as memory does.
  await house.restart();
  const after = await get('/api/v1/jobs/often?runs=3', jobView);
  expect(after.lately?.runs.map(({ id }) => id)).toEqual(ids.toReversed());
  expect(after.lately?.runs.slice(0, 2)).toEqual(often?.lately?.runs);
  expect(await get('/api/v1/jobs/often', jobView)).not.toHaveProperty('lately');
});

it('tells how long a job took over time, and which releases began in it', async () => {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  await run('often');
  const path = `/api/v1/jobs/often/durations?from=${from}&spans=1`;
  await until(async () => (await get(path, durationsView)).spans.length > 0, 'a stored run');
  const { spans, releases } = await get(path, durationsView);
  expect(spans).toHaveLength(1);
  for (const { runs, succeeded, shortestMs, medianMs, longestMs } of spans) {
    expect(runs).toBeGreaterThanOrEqual(1);
    expect(succeeded).toBeGreaterThanOrEqual(1);
    expect(Number(shortestMs)).toBeLessThanOrEqual(Number(medianMs));
    expect(Number(medianMs)).toBeLessThanOrEqual(Number(longestMs));
  }
  expect(releases).toHaveLength(1);
  expect((await house.control('/api/v1/jobs/nobody/durations')).status).toBe(404);
  const future = new Date(Date.now() + 3_600_000).toISOString();
  const wrong = await house.control(`/api/v1/jobs/often/durations?from=${future}`);
  expect(wrong.status).toBe(400);
});

it('pages through what happened, and narrows it', async () => {
  const page = z.object({
    items: z.array(z.object({ type: z.string(), at: z.string() })),
    next: z.string().nullable(),
  });
  const all = await get('/api/v1/events?limit=500', page);
  expect(all.next).toBeNull();
  const found: unknown[] = [];
  let next: string | null = null;
  do {
    const before: string = next === null ? '' : `&before=${next}`;
    const one = await get(`/api/v1/events?limit=1${before}`, page);
    found.push(...one.items);
    next = one.next;
  } while (next !== null);
  // What happened since is ahead of it.
  expect(found.slice(-all.items.length)).toEqual(all.items);
  expect(found.length).toBeGreaterThan(2);
  const replaced = await get('/api/v1/events?type=schedule_replaced,no_such', page);
  expect(new Set(replaced.items.map(({ type }) => type))).toEqual(new Set(['schedule_replaced']));
  expect((await house.control('/api/v1/events?before=1-2-3')).status).toBe(400);
});
