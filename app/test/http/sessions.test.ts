import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { logInView, sessionView } from '../../src/api/session.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ crontab: '# @name mine\n@manual true\n' });
});
afterAll(() => house[Symbol.asyncDispose]());

/** @returns the cookie of a new log-in. */
async function logIn(browser: string): Promise<string> {
  const headers = { origin: house.url, 'user-agent': browser };
  const answer = await house.ask('/api/v1/session', post({ password: PASSWORD }, headers));
  expect(answer.status).toBe(204);
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

async function logIns(headers: Record<string, string>) {
  const answer = await house.ask('/api/v1/sessions', { headers });
  return z.object({ items: z.array(logInView) }).parse(await answer.json()).items;
}

it('lists every log-in, and says which one is the asker’s', async () => {
  const [desk, phone] = [await logIn('a desk'), await logIn('a phone')];
  const items = await logIns({ cookie: phone });
  expect(items.map(({ browser, mine }) => [browser, mine])).toEqual([
    ['a desk', false],
    ['a phone', true],
  ]);
  expect(items[0]).toMatchObject({
    name: 'administrator',
    role: 'admin',
    via: 'password',
    from: '127.0.0.1',
  });
  const secrets = [desk, phone].map((cookie) => cookie.split('=')[1] ?? '');
  const kept = await readFile(join(house.stateDirectory, 'access.json'), 'utf8');
  for (const secret of secrets) {
    expect(JSON.stringify(items)).not.toContain(secret);
    expect(kept).not.toContain(secret);
  }
});

it('ends the one that is named, also in the middle of an answer, and no other', async () => {
  const [lost, kept] = [await logIn('to be ended'), await logIn('to stay')];
  const id = (await logIns({ cookie: kept })).find(({ browser }) => browser === 'to be ended')?.id;
  const stream = await house.ask('/api/v1/stream', { headers: { cookie: lost } });
  const over = stream.text().catch(() => 'cut off');
  const by = { cookie: kept, origin: house.url };
  const ended = await house.ask(`/api/v1/sessions/${id}`, { method: 'DELETE', headers: by });
  expect(ended.status).toBe(204);
  await over;
  expect((await house.ask('/api/v1/jobs', { headers: { cookie: lost } })).status).toBe(401);
  expect((await house.ask('/api/v1/jobs', { headers: { cookie: kept } })).status).toBe(200);
  const again = await house.ask(`/api/v1/sessions/${id}`, { method: 'DELETE', headers: by });
  expect([again.status, await again.json()]).toMatchObject([404, { code: 'GITCRON_E_NO_SESSION' }]);
});

it('is for admins, and takes no id for the secret', async () => {
  const cookie = await logIn('mine');
  for (const scope of ['read', 'operate']) {
    const headers = bearer(await house.token(scope));
    expect((await house.ask('/api/v1/sessions', { headers })).status).toBe(403);
  }
  const mine = (await logIns({ cookie })).find((one) => one.mine);
  const byId = { cookie: `gitcron=${mine?.id}` };
  expect((await house.ask('/api/v1/jobs', { headers: byId })).status).toBe(401);
});

/** A log-in of each role, as the file keeps it. */
it.each([
  ['viewer', ['read'], 403, 403],
  ['operator', ['operate'], 200, 403],
  ['admin', ['admin'], 200, 200],
] as const)('a %s may do what the role says', async (role, scopes, switched, listed) => {
  const cookie = await logIn(`of a ${role}`);
  const path = join(house.stateDirectory, 'access.json');
  await house.restart(async () => {
    const content = z
      .looseObject({ sessions: z.array(z.looseObject({ browser: z.string() })) })
      .parse(JSON.parse(await readFile(path, 'utf8')));
    const sessions = content.sessions.map((one) =>
      one.browser === `of a ${role}` ? { ...one, role, name: `user ${role}` } : one,
    );
    await writeFile(path, JSON.stringify({ ...content, sessions }));
  });
  const headers = { cookie, origin: house.url };
  const told = sessionView.parse(await (await house.ask('/api/v1/session', { headers })).json());
  expect(told).toMatchObject({ name: `user ${role}`, role, scopes });
  expect((await house.ask('/api/v1/status', { headers })).status).toBe(200);
  const change = await house.ask('/api/v1/jobs/mine/disable', post(undefined, headers));
  expect(change.status).toBe(switched);
  expect((await house.ask('/api/v1/sessions', { headers })).status).toBe(listed);
  const refused = await house.ask('/api/v1/rollback', post(undefined, headers));
  const text = await refused.text();
  expect(text.includes('You are logged in as viewer')).toBe(role === 'viewer');
});
