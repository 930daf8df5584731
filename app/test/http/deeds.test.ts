import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { runView } from '../../src/api/run.ts';
import { statusView } from '../../src/api/status.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = String.raw`
# @name sleeper
@manual sleep 30
# @name fails
@manual exit 3
`;

const SECRET = 'correct-horse';

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({
    crontab: CRONTAB,
    databaseUrl: await server.createDatabase(),
    environment: { SECRET_ENV: 'API_KEY', API_KEY: SECRET },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

const events = z.object({
  items: z.array(z.object({ type: z.string(), detail: z.record(z.string(), z.unknown()) })),
});

/** The oldest first. */
async function told() {
  const { items } = events.parse(await (await house.control('/api/v1/events?limit=200')).json());
  return items.toReversed();
}

const rollbacks = async () => (await told()).filter(({ type }) => type === 'rolled_back');

async function run(job: string): Promise<string> {
  const answer = await house.control(`/api/v1/jobs/${job}/runs`, post({}));
  return runView.parse(await answer.json()).id;
}

async function done(path: string, init = post()): Promise<void> {
  const { status } = await house.control(path, init);
  expect([200, 201, 202, 204]).toContain(status);
}

it('what somebody did is among the events, with its author and without secrets', async () => {
  const admin = await house.token('admin');
  const made = await house.control(
    '/api/v1/tokens',
    post({ name: `for ${SECRET}`, scopes: ['read'] }),
  );
  const { token } = z.object({ token: z.object({ id: z.string() }) }).parse(await made.json());
  await done(`/api/v1/tokens/${token.id}`, { method: 'DELETE' });
  const disabled = await house.ask('/api/v1/jobs/fails/disable', post(undefined, bearer(admin)));
  expect(disabled.status).toBe(200);
  await done('/api/v1/jobs/fails/reset');
  const failed = await run('fails');
  await until(async () => {
    const answer = await house.control(`/api/v1/runs/${failed}`);
    return runView.parse(await answer.json()).status === 'failed';
  }, 'the failure');
  await done('/api/v1/jobs/fails/acknowledge');
  const sleeper = await run('sleeper');
  await done(`/api/v1/runs/${sleeper}/cancel`);
  await done('/api/v1/cleanup/runs', post({ dryRun: true }));
  await done('/api/v1/cleanup/runs');
  const { url: origin } = house;
  await house.ask('/api/v1/session', post({ password: 'a wrong one' }, { origin }));
  const logIn = await house.ask('/api/v1/session', post({ password: PASSWORD }, { origin }));
  expect(logIn.status).toBe(204);
  const cookie = logIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const logOut = await house.ask('/api/v1/session', {
    method: 'DELETE',
    headers: { cookie, origin },
  });
  expect(logOut.status).toBe(204);
  await until(
    async () => (await told()).some(({ type }) => type === 'logged_out'),
    'the last of them in the database',
  );
  const deeds = (await told()).filter(({ detail }) => 'by' in detail);
  const by = 'command line';
  expect(deeds.map(({ detail }) => detail)).toMatchObject([
    { type: 'token_created', by, name: 'token-1', scopes: ['admin'] },
    { type: 'token_created', by, name: 'for ***', tokenId: token.id },
    { type: 'token_revoked', by, name: 'for ***', tokenId: token.id },
    { type: 'job_switched', by: 'token token-1', job: 'fails', enabled: false },
    { type: 'job_switched', by, job: 'fails', enabled: null },
    { type: 'failure_acknowledged', by, job: 'fails', runId: failed },
    { type: 'cancel_requested', by, job: 'sleeper', runId: sleeper },
    { type: 'history_cleaned', by, runs: 0 },
    { type: 'logged_in', by: 'administrator', from: '127.0.0.1', role: 'admin', via: 'password' },
    { type: 'logged_out', by: 'administrator' },
  ]);
});

it('a rollback tells who went back, and where to', async () => {
  const current = async (): Promise<string> => {
    const { release } = statusView.parse(await (await house.control('/api/v1/status')).json());
    return release?.revision ?? '';
  };
  const refused = await house.control('/api/v1/rollback', post({}));
  expect(refused.status).toBe(404);
  const first = await current();
  await writeFile(join(house.directory, 'source/app/crontab.txt'), '# @name other\n@manual true\n');
  await until(async () => (await current()) !== first, 'the second release');
  await done('/api/v1/rollback', post({}));
  await until(async () => (await rollbacks()).length > 0, 'the rollback in the database');
  expect(await rollbacks()).toMatchObject([{ detail: { by: 'command line', revision: first } }]);
});
