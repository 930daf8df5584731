import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problem } from '../../src/api/problem.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, type House } from './house.ts';

const CRONTAB = `
# @name mine
# @overlap allow
@manual true
`;

let server: TestServer;
let house: House;
let headers: Record<string, string>;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
  headers = bearer(await house.token('admin'));
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

async function problemIn(answer: {
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return problem.parse(await answer.json());
}

describe('a wrong request gets a problem document', () => {
  it.each([
    { method: 'DELETE', path: '/api/v1/jobs', allow: 'GET, HEAD' },
    { method: 'OPTIONS', path: '/api/v1/runs', allow: 'GET, HEAD' },
    { method: 'GET', path: '/api/v1/jobs/mine/runs', allow: 'POST' },
    { method: 'PUT', path: '/scripts/mine', allow: 'GET, POST' },
    { method: 'PATCH', path: '/api/v1/tokens/x', allow: 'DELETE' },
  ])('405 for $method $path', async ({ method, path, allow }) => {
    const body = method === 'GET' ? null : '<a/>';
    const answer = await house.ask(path, {
      method,
      headers: { ...headers, 'content-type': 'application/xml' },
      body,
    });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await problemIn(answer)).toMatchObject({ status: 405, code: 'GITCRON_E_METHOD' });
  });

  it.each([
    { path: '/nothing', status: 404 },
    { path: '/api/v1/jobs/none', status: 404 },
    { path: '//api/v1/jobs', status: 404 },
    { path: '/scripts/%zz', status: 400 },
    { path: `/scripts/${'x'.repeat(1000)}`, status: 414 },
    { path: '/api/v1/runs?job=%00', status: 400 },
    { path: '/api/v1/runs?text=abc%00', status: 400 },
    { path: '/api/v1/revisions?before=%00', status: 400 },
    { path: '/api/v1/runs?from=yesterday', status: 400 },
    { path: '/api/v1/runs?before=nonsense', status: 400 },
    { path: '/api/v1/runs/00000000-0000-7000-8000-000000000000', status: 404 },
    { path: '/api/v1/jobs/mine/slots?count=1001', status: 400 },
  ])('$status for $path', async ({ path, status }) => {
    const answer = await house.ask(path, { headers });
    expect([answer.status, await problemIn(answer)]).toMatchObject([status, { status }]);
  });

  it.each([
    { path: '/scripts/mine?wait=abc', detail: 'wait: expected a whole number from 0 to 86400' },
    { path: '/api/v1/runs?limit=1.5', detail: 'limit: expected a whole number from 1 to 500' },
    { path: '/api/v1/runs?status=bad', detail: 'status: Invalid option' },
    { path: '/api/v1/runs/nope', detail: "id: expected a run's id or its last eight digits" },
  ])('what is wrong with $path is said by its name', async ({ path, detail }) => {
    const answer = await house.ask(path, { headers });
    expect((await problemIn(answer)).detail).toContain(`The request is wrong: ${detail}`);
  });

  it.each([{ query: 'after=3000000000' }, { query: 'attempt=3000000000' }])(
    '400 for output?$query',
    async ({ query }) => {
      const started = await house.ask('/scripts/mine?wait=20', { method: 'POST', headers });
      const { id } = z.object({ id: z.string() }).parse(await started.json());
      const answer = await house.ask(`/api/v1/runs/${id}/output?${query}`, { headers });
      expect((await problemIn(answer)).status).toBe(400);
    },
  );

  it.each([
    { type: 'application/xml', body: '<a/>', status: 415 },
    { type: 'application/json', body: '{', status: 400 },
    {
      type: 'application/json',
      body: `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      status: 400,
    },
    { type: 'application/json', body: `"${'x'.repeat(300_000)}"`, status: 413 },
  ])('$status for a body of $type, $body.length letters', async ({ type, body, status }) => {
    for (const path of ['/scripts/mine', '/api/v1/jobs/mine/runs']) {
      const answer = await house.ask(path, {
        method: 'POST',
        headers: { ...headers, 'content-type': type, 'idempotency-key': 'one' },
        body,
      });
      expect((await problemIn(answer)).status).toBe(status);
    }
  });

  it.each([
    { sent: 'nonsense\r\n\r\n', status: 400 },
    { sent: `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, status: 431 },
    { sent: 'GET / HTTP/1.0\r\n\r\n', status: 421 },
  ])('$status for what is hardly HTTP', async ({ sent, status }) => {
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.end(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(problem.parse(JSON.parse(body)).status).toBe(status);
  });
});

const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

it('a first line that names the whole URL is taken, also with the port that is its own', async () => {
  for (const authority of ['localhost', 'LOCALHOST:80', 'localhost:4711']) {
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.end(head(`GET http://${authority}/healthz HTTP/1.1`, `Host: ${authority}`));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  }
});

it('a connection that asks again before it is answered is ended, and one that waits goes on', async () => {
  const { hostname, port } = new URL(house.url);
  const ask = head('GET /healthz HTTP/1.1', 'Host: localhost');
  const hasty = connect(Number(port), hostname);
  hasty.on('error', () => {});
  hasty.write(ask.repeat(1000));
  let read = '';
  hasty.setEncoding('utf8').on('data', (part: string) => (read += part));
  await once(hasty, 'close');
  expect(read.split('HTTP/1.1 200').length - 1).toBeLessThanOrEqual(1);

  const patient = connect(Number(port), hostname);
  for (let asked = 0; asked < 3; asked += 1) {
    patient.write(ask);
    const [answer] = await once(patient, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  }
  patient.destroy();
});

describe('what can be read in two ways is refused', () => {
  it.each([
    ['two hosts', 'GET /healthz HTTP/1.1', 'Host: localhost', 'Host: evil.example'],
    ['the same host twice', 'GET /healthz HTTP/1.1', 'Host: localhost', 'host: localhost'],
    [
      'another host in the first line',
      'GET http://evil.example/healthz HTTP/1.1',
      'Host: localhost',
    ],
    ['a host with a user', 'GET http://localhost@evil.example/ HTTP/1.1', 'Host: localhost'],
    [
      'two tokens',
      'GET /healthz HTTP/1.1',
      'Host: localhost',
      'Authorization: Bearer a',
      'Authorization: Bearer b',
    ],
    [
      'two origins',
      'GET /healthz HTTP/1.1',
      'Host: localhost',
      'Origin: http://a',
      'Origin: http://localhost',
    ],
    [
      'two headers of cookies',
      'GET /healthz HTTP/1.1',
      'Host: localhost',
      'Cookie: gitcron=a',
      'Cookie: gitcron=b',
    ],
    [
      'two keys',
      'GET /healthz HTTP/1.1',
      'Host: localhost',
      'Idempotency-Key: a',
      'Idempotency-Key: b',
    ],
    [
      'two lengths',
      'POST /login HTTP/1.1',
      'Host: localhost',
      'Content-Length: 0',
      'Content-Length: 5',
    ],
    [
      'a length and chunks',
      'POST /login HTTP/1.1',
      'Host: localhost',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
    ],
    ['no host', 'GET /healthz HTTP/1.1'],
  ])('%s', async (_, ...lines) => {
    const { hostname, port } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.end(head(...lines));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  });

  it('a whole URL of this host is one way to ask for a path', async () => {
    const { hostname, port, host } = new URL(house.url);
    const socket = connect(Number(port), hostname);
    socket.end(head(`GET ${house.url}/healthz?a=b HTTP/1.1`, `Host: ${host}`, 'Connection: close'));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  });
});

it('the description of the API names what every route answers, errors as problem documents', async () => {
  const described = z
    .object({
      paths: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({
            responses: z.record(
              z.string(),
              z.object({ content: z.record(z.string(), z.unknown()).optional() }),
            ),
          }),
        ),
      ),
    })
    .parse(await (await house.control('/api/v1/openapi.json')).json());
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      const route = `${method} ${path}`;
      expect([route, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([
        route,
        true,
      ]);
      expect([route, Object.keys(responses['4XX']?.content ?? {})]).toEqual([
        route,
        ['application/problem+json'],
      ]);
    }
  }
});
