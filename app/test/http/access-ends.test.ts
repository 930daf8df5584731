import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { Response } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';

const CRONTAB = `
# @name talker
# @overlap allow
@manual while true; do echo still talking; sleep 0.05; done
`;

let house: House;
beforeAll(async () => {
  house = await openHouse({ crontab: CRONTAB });
});
afterAll(() => house[Symbol.asyncDispose]());

async function start(): Promise<string> {
  const answer = await house.control('/api/v1/jobs/talker/runs', post());
  return z.object({ id: z.string() }).parse(await answer.json()).id;
}

/** Ends with the stream, however that ends. */
async function endOf(answer: Response): Promise<string> {
  if (answer.body === null) return '';
  return text(Readable.fromWeb(answer.body)).catch(() => 'broken off');
}

interface Credential {
  readonly headers: Record<string, string>;
  /** Takes it away. */
  readonly end: () => Promise<unknown>;
}

async function revokedToken(): Promise<Credential> {
  const token = await house.token('admin');
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await (await house.control('/api/v1/tokens')).json());
  return {
    headers: bearer(token),
    end: () => house.control(`/api/v1/tokens/${items.at(-1)?.id}`, { method: 'DELETE' }),
  };
}

async function expiringToken(): Promise<Credential> {
  const token = await house.token('admin', new Date(Date.now() + 3000).toISOString());
  return { headers: bearer(token), end: async () => {} };
}

async function loggedOut(): Promise<Credential> {
  const headers = { origin: house.url };
  const answer = await house.ask('/api/v1/session', post({ password: PASSWORD }, headers));
  const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  return {
    headers: { ...headers, cookie },
    end: () => house.ask('/api/v1/session', { method: 'DELETE', headers: { ...headers, cookie } }),
  };
}

describe.each([
  { how: 'its token is revoked', credential: revokedToken },
  { how: 'its token expires', credential: expiringToken },
  { how: 'whoever asked logs out', credential: loggedOut },
])('when $how', ({ credential }) => {
  it('live output ends', async () => {
    const runId = await start();
    const { headers, end } = await credential();
    const another = bearer(await house.token('read'));
    const path = `/api/v1/runs/${runId}/output/live`;
    const [following, staying] = await Promise.all([
      house.ask(path, { headers }),
      house.ask(path, { headers: another }),
    ]);
    expect([following.status, staying.status]).toEqual([200, 200]);
    const ended = endOf(following);
    const stays = endOf(staying);
    await end();
    expect(await ended).not.toContain('event: end');
    expect((await house.ask(path, { headers })).status).toBe(401);
    // Nobody else is sent away.
    await house.control(`/api/v1/runs/${runId}/cancel`, post());
    expect(await stays).toContain('event: end');
  }, 30_000);

  it('waiting for a run ends, and the run goes on', async () => {
    const { headers, end } = await credential();
    const asked = house.ask('/scripts/talker?wait=60', post(undefined, headers));
    await expect.poll(async () => (await running()).length, { timeout: 10_000 }).toBeGreaterThan(0);
    await end();
    const answer = await asked;
    expect([answer.status, await answer.json()]).toMatchObject([
      401,
      { code: 'GITCRON_E_ACCESS_ENDED' },
    ]);
    const [runId] = await running();
    expect(runId).toBeDefined();
    await house.control(`/api/v1/runs/${runId}/cancel`, post());
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
  }, 30_000);
});

async function running(): Promise<string[]> {
  const answer = await house.control('/api/v1/runs?status=running');
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string(), status: z.string() })) })
    .parse(await answer.json());
  return items.filter(({ status }) => status === 'running').map(({ id }) => id);
}
