import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { outputHits, outputPage } from '../../src/api/output.ts';
import { runView } from '../../src/api/run.ts';
import { sessionView } from '../../src/api/session.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';

const CRONTAB = `
# @name long
@manual seq -f 'line %.0f' 1 20000; echo 'Error: Connection Refused' >&2; seq -f 'rest %.0f' 1 5; printf unended
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

async function run(job: string): Promise<string> {
  const answer = await house.control(`/scripts/${job}?wait=20`, post());
  return runView.parse(await answer.json()).id;
}

async function get<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await house.control(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return schema.parse(await answer.json());
}

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
    scopes: ['admin'],
    expiresAt: null,
  });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const token = await house.token('trigger:short', expiresAt);
  const known = await house.ask('/api/v1/session', { headers: bearer(token) });
  expect(sessionView.parse(await known.json())).toMatchObject({
    scopes: ['trigger:short'],
    expiresAt,
  });
  const logIn = await house.ask(
    '/api/v1/session',
    post({ password: PASSWORD }, { origin: house.url }),
  );
  const [cookie = ''] = (logIn.headers.getSetCookie()[0] ?? '').split(';');
  const session = await house.ask('/api/v1/session', { headers: { cookie } });
  const told = sessionView.parse(await session.json());
  expect(told).toMatchObject({ name: 'administrator', scopes: ['admin'] });
  const lastsMs = Date.parse(told.expiresAt ?? '') - Date.now();
  expect(lastsMs).toBeGreaterThan(6.9 * 24 * 3_600_000);
  expect((await house.ask('/api/v1/session')).status).toBe(401);
});
