import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name mine
@manual true
# @name other
@manual true
`;

let house: House;
beforeAll(async () => {
  house = await openHouse({
    crontab: CRONTAB,
    environment: { HTTP_ALLOWED_HOSTS: 'cron.example.com', TRUST_PROXY: 'loopback' },
  });
});
afterAll(() => house[Symbol.asyncDispose]());

const codeOf = async (answer: { json(): Promise<unknown> }): Promise<string> =>
  z.object({ code: z.string() }).parse(await answer.json()).code;

async function runCount(): Promise<number> {
  const answer = await house.control('/api/v1/runs?limit=500');
  return z.object({ items: z.array(z.unknown()) }).parse(await answer.json()).items.length;
}

/** Each client has its own address, as a proxy tells it: tries to log in are counted by address. */
let clients = 0;
function newClient(): Record<string, string> {
  clients += 1;
  return { 'x-forwarded-for': `198.51.100.${clients}` };
}

async function logIn(headers: Record<string, string> = newClient()) {
  return house.ask(
    '/api/v1/session',
    post({ password: PASSWORD }, { origin: house.url, ...headers }),
  );
}

async function cookie(): Promise<string> {
  return (await logIn()).headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

describe('without a token', () => {
  it('nothing that the API describes can be read or changed', async () => {
    const described = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await (await house.control('/api/v1/openapi.json')).json());
    const routes = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.length).toBeGreaterThan(20);
    const open: string[] = [];
    for (const route of [...routes, 'GET /api/v1/openapi.json', 'GET /api/docs/']) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await house.ask(path.replaceAll(/\{\w+\}/g, 'mine'), { method });
      if (answer.status !== 401) open.push(`${route}: ${answer.status}`);
    }
    expect(open).toEqual(['GET /healthz: 200', 'GET /readyz: 200', 'POST /api/v1/session: 400']);
  });

  it('a wrong, an expired and a revoked token are refused', async () => {
    expect(await codeOf(await house.ask('/api/v1/jobs', { headers: bearer('nonsense') }))).toBe(
      'GITCRON_E_TOKEN',
    );
    const soon = new Date(Date.now() + 1000).toISOString();
    const brief = await house.token('read', soon);
    expect((await house.ask('/api/v1/jobs', { headers: bearer(brief) })).status).toBe(200);
    await until(
      async () => (await house.ask('/api/v1/jobs', { headers: bearer(brief) })).status === 401,
      'its expiry',
    );

    const revoked = await house.token('read');
    const { items } = z
      .object({ items: z.array(z.object({ id: z.string() })) })
      .parse(await (await house.control('/api/v1/tokens')).json());
    await house.control(`/api/v1/tokens/${items.at(-1)?.id}`, { method: 'DELETE' });
    expect((await house.ask('/api/v1/jobs', { headers: bearer(revoked) })).status).toBe(401);
  });
});

describe('scopes', () => {
  it('read reads and changes nothing', async () => {
    const headers = bearer(await house.token('read'));
    for (const path of ['/api/v1/jobs', '/api/v1/runs', '/api/v1/status', '/metrics']) {
      expect((await house.ask(path, { headers })).status).toBe(200);
    }
    const before = await runCount();
    for (const path of [
      '/scripts/mine',
      '/api/v1/jobs/mine/runs',
      '/api/v1/jobs/mine/disable',
      '/api/v1/rollback',
      '/api/v1/sync',
      '/api/v1/tokens',
      '/api/v1/cleanup/runs',
    ]) {
      const answer = await house.ask(path, { method: 'POST', headers });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await house.ask('/scripts/mine', { headers })).status).toBe(403);
    expect((await house.ask('/api/v1/tokens', { headers })).status).toBe(403);
    expect(await runCount()).toBe(before);
  });

  it('trigger starts its own job and does nothing else, however the path is written', async () => {
    const headers = bearer(await house.token('trigger:mine'));
    expect((await house.ask('/scripts/mine?wait=20', { method: 'POST', headers })).status).toBe(
      200,
    );
    expect((await house.ask('/api/v1/jobs/mine/runs', { method: 'POST', headers })).status).toBe(
      202,
    );
    expect((await house.ask('/api/v1/runs', { headers })).status).toBe(403);
    const before = await runCount();
    for (const slug of [
      'other',
      'MINE',
      'mine%2F..%2Fother',
      'mine%00',
      '%6dine%2e',
      'other%3Fmine',
      '..%2f..%2fetc%2fpasswd',
      '__proto__',
      'x'.repeat(10_000),
    ]) {
      const { status } = await house.ask(`/scripts/${slug}`, { method: 'POST', headers });
      expect([403, 404, 414]).toContain(status);
    }
    expect(await runCount()).toBe(before);
  });

  it('unknown ones are refused, and a token that would be expired', async () => {
    const body = { name: 'x', scopes: ['trigger:*'] };
    expect((await house.control('/api/v1/tokens', post(body))).status).toBe(400);
    const past = { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
    expect((await house.control('/api/v1/tokens', post(past))).status).toBe(400);
  });
});

describe('log-in', () => {
  it('sets a cookie that no script can read and no other site sends', async () => {
    const answer = await logIn();
    expect(answer.status).toBe(204);
    const flags = answer.headers.get('set-cookie') ?? '';
    expect(flags).toMatch(/^gitcron=[\w-]{43};/);
    expect(flags).toContain('HttpOnly');
    expect(flags).toContain('SameSite=Lax');
    const headers = { cookie: flags.split(';', 1)[0] ?? '' };
    expect((await house.ask('/api/v1/tokens', { headers })).status).toBe(200);
    expect((await house.ask('/scripts/mine', { headers })).status).toBe(303);

    await house.ask('/api/v1/session', {
      method: 'DELETE',
      headers: { ...headers, origin: house.url },
    });
    expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(401);
  });

  it('behind a TLS proxy the cookie is for TLS only', async () => {
    const proxied = { ...newClient(), 'x-forwarded-proto': 'https', host: 'cron.example.com' };
    const answer = await rawPost('/api/v1/session', JSON.stringify({ password: PASSWORD }), {
      ...proxied,
      'content-type': 'application/json',
      origin: 'https://cron.example.com',
    });
    expect(answer.status).toBe(204);
    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-gitcron=.*; Secure/);
  });

  it('refuses guesses after a few of them, from one address', async () => {
    const attacker = newClient();
    const guess = () =>
      house.ask('/api/v1/session', post({ password: 'guess' }, { origin: house.url, ...attacker }));
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) statuses.push((await guess()).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(await codeOf(await logIn(attacker))).toBe('GITCRON_E_TOO_MANY_TRIES');
    expect((await logIn()).status).toBe(204);
  });

  it('goes from the form to a page of ours and nowhere else', async () => {
    for (const [next, location] of [
      ['/scripts/mine?x=1', '/scripts/mine?x=1'],
      ['/runs?status=failed#bottom', '/runs?status=failed#bottom'],
      ['https://evil.example/', '/'],
      ['//evil.example/', '/'],
      ['/\\evil.example/', '/'],
    ]) {
      const answer = await house.ask('/login', {
        method: 'POST',
        headers: {
          ...newClient(),
          origin: house.url,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ password: PASSWORD, next: next ?? '' }).toString(),
      });
      expect([next, answer.status, answer.headers.get('location')]).toEqual([next, 303, location]);
    }
  });

  it('leads back to the page that asked for it', async () => {
    const asked = await house.ask('/login?next=%2Fjobs%2Fmine%23last');
    expect(await asked.text()).toContain('value="/jobs/mine#last"');
    const elsewhere = await house.ask('/login?next=https://evil.example/');
    expect(await elsewhere.text()).toContain('name="next" value="/"');
    for (const strange of [`/runs?text=${'x'.repeat(3000)}`, '/a&next=/b']) {
      const answer = await house.ask(`/login?next=${strange}`);
      expect([answer.status, await answer.text()]).toEqual([
        200,
        expect.stringContaining('name="next" value="/"'),
      ]);
    }
  });

  it('is offered to a person who follows a link', async () => {
    const answer = await house.ask('/api/docs/?x=1', { headers: { accept: 'text/html,*/*' } });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('value="/api/docs/?x=1"');
  });

  it('survives a restart', async () => {
    const headers = { cookie: await cookie() };
    await house.restart();
    expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(200);
  });
});

describe('other sites', () => {
  it('change nothing with our cookie', async () => {
    const session = await cookie();
    const before = await runCount();
    const tries: Record<string, string>[] = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: 'http://127.0.0.1' },
      { origin: `${house.url}.evil.example` },
    ];
    for (const headers of tries) {
      const answer = await house.ask('/scripts/mine', {
        method: 'POST',
        headers: { cookie: session, ...headers },
      });
      expect(answer.status).toBe(403);
      expect(await codeOf(answer)).toBe('GITCRON_E_ORIGIN');
    }
    expect(await runCount()).toBe(before);
    const ours = { cookie: session, origin: house.url };
    expect((await house.ask('/scripts/mine', { method: 'POST', headers: ours })).status).toBe(202);
  });

  it('cannot log a browser in', async () => {
    const body = { password: PASSWORD };
    const foreign = post(body, { ...newClient(), origin: 'https://evil.example' });
    expect((await house.ask('/api/v1/session', foreign)).status).toBe(403);
  });

  it('cannot give our address their name', async () => {
    for (const host of [
      'evil.example',
      'evil.example:8080',
      '127.0.0.1.evil.example',
      'x.localhost',
    ]) {
      const answer = await rawPost('/api/v1/session', '{}', { host });
      expect([host, answer.status]).toEqual([host, 421]);
    }
    const forwarded = { 'x-forwarded-host': 'evil.example' };
    expect((await house.ask('/healthz', { headers: forwarded })).status).toBe(421);
    const known = await rawPost('/api/v1/session', '{}', { host: 'cron.example.com' });
    expect(known.status).not.toBe(421);
  });

  it('cannot frame us, and every answer says so', async () => {
    for (const path of ['/login', '/api/v1/jobs', '/nothing', '/api/docs/']) {
      const { headers } = await house.ask(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

it('no cache may keep an answer, also when it is a refusal', async () => {
  const known = await house.ask('/api/v1/jobs', { headers: bearer(await house.token('read')) });
  const unknown = await house.ask('/api/v1/jobs');
  const foreign = await rawPost('/api/v1/session', '{}', { host: 'evil.example' });
  expect([known.status, unknown.status, foreign.status]).toEqual([200, 401, 421]);
  for (const { headers } of [known, unknown]) expect(headers.get('cache-control')).toBe('no-store');
  expect(foreign.headers['cache-control']).toBe('no-store');
});

describe('too much', () => {
  it('of a body is refused', async () => {
    const headers = { ...bearer(await house.token('admin')), 'content-type': 'application/json' };
    const body = JSON.stringify({ text: 'x'.repeat(2_000_000) });
    expect((await house.ask('/scripts/mine', { method: 'POST', headers, body })).status).toBe(413);
  });

  it('of JSON that would change every object is refused', async () => {
    const headers = { ...bearer(await house.token('admin')), 'content-type': 'application/json' };
    const body = '{"__proto__": {"polluted": true}}';
    expect((await house.ask('/scripts/mine', { method: 'POST', headers, body })).status).toBe(400);
  });

  it('of time to send a request ends the connection', async () => {
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /scripts/mine HTTP/1.1\r\nHost: localhost\r\nContent-Le');
    const received: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(received).toString()).toContain('408');
  });
});

describe('without TRUST_PROXY', () => {
  it('nobody can pretend to be somebody else', async () => {
    await using alone = await openHouse({ crontab: CRONTAB });
    const statuses: number[] = [];
    for (let tries = 0; tries < 11; tries += 1) {
      const headers = { origin: alone.url, ...newClient(), 'x-forwarded-proto': 'https' };
      statuses.push(
        (await alone.ask('/api/v1/session', post({ password: 'guess' }, headers))).status,
      );
    }
    expect(statuses.at(-1)).toBe(429);
    const forwarded = { 'x-forwarded-host': 'evil.example' };
    expect((await alone.ask('/healthz', { headers: forwarded })).status).toBe(200);
  });
});

it('HTTP_PORT=0 opens no port; commands on the machine work', async () => {
  await using closed = await openHouse({ crontab: CRONTAB, environment: { HTTP_PORT: '0' } });
  await expect(closed.ask('/healthz')).rejects.toThrow('fetch failed');
  expect((await closed.control('/api/v1/jobs')).status).toBe(200);
});

describe('what is kept', () => {
  it('are hashes, in a file of the supervisor alone', async () => {
    const token = await house.token('read');
    const file = join(house.stateDirectory, 'access.json');
    const content = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(content).not.toContain(token);
    expect(content).not.toContain(PASSWORD);
    expect((await stat(join(house.stateDirectory, 'control.sock'))).mode & 0o777).toBe(0o600);
  });
});

/** `fetch` lets nobody choose the host. */
async function rawPost(path: string, body: string, headers: Record<string, string>) {
  const { hostname, port } = new URL(house.url);
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const sent = request({ hostname, port, path, method: 'POST', headers }, (answer) => {
        answer.resume();
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers }),
        );
      });
      sent.once('error', reject);
      sent.end(body);
    },
  );
}
