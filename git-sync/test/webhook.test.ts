import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from './support/loopback.ts';
import { webhook } from '../src/http/webhook.ts';

const SECRET = 'a secret of some length';
const BODY = '{"ref":"refs/heads/main"}';
const SIGNATURE = createHmac('sha256', SECRET).update(BODY).digest('hex');

async function setUp(secret = () => SECRET) {
  let pushes = 0;
  const logger = pino({ level: 'silent' });
  const server = createServer(webhook(secret, logger, () => void (pushes += 1)));
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${port}/webhook`;
  return {
    url,
    pushes: () => pushes,
    post: async (headers: Record<string, string>, body: string | Buffer = BODY) =>
      (await fetch(url, { method: 'POST', body, headers })).status,
  };
}

test.each([
  ['GitHub', { 'x-hub-signature-256': `sha256=${SIGNATURE}` }],
  ['Gitea', { 'x-gitea-signature': SIGNATURE }],
  ['Forgejo', { 'x-forgejo-signature': SIGNATURE }],
  ['GitLab', { 'x-gitlab-token': SECRET }],
])('a push from %s is accepted', async (_, headers) => {
  const { post, pushes } = await setUp();
  expect(await post(headers)).toBe(202);
  expect(pushes()).toBe(1);
});

test.each([
  ['no signature', {}],
  ['another body’s signature', { 'x-hub-signature-256': `sha256=${SIGNATURE.replace(/^./, 'x')}` }],
  ['a wrong signature', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
  ['the old SHA-1 signature', { 'x-hub-signature': `sha1=${'0'.repeat(40)}` }],
  ['a wrong token', { 'x-gitlab-token': `${SECRET}x` }],
  ['an empty token', { 'x-gitlab-token': '' }],
])('%s is refused', async (_, headers) => {
  const { post, pushes } = await setUp();
  expect(await post(headers)).toBe(401);
  expect(pushes()).toBe(0);
});

test('the secret is read anew for each request', async () => {
  let secret = 'the old secret';
  const { post } = await setUp(() => secret);
  expect(await post({ 'x-gitlab-token': SECRET })).toBe(401);
  secret = SECRET;
  expect(await post({ 'x-gitlab-token': SECRET })).toBe(202);
});

test('a body that is too large is refused, announced or not', async () => {
  const { url, post, pushes } = await setUp();
  const large = Buffer.alloc(6 * 1024 * 1024);
  const headers = { 'x-hub-signature-256': `sha256=${SIGNATURE}` };
  expect(await post({ ...headers, 'x-case': 'announced' }, large).catch(() => 413)).toBe(413);

  const chunked = request(url, { method: 'POST', headers });
  chunked.on('error', () => {});
  const answered = once(chunked, 'response');
  for (let sent = 0; sent < large.length; sent += 1024 * 1024)
    chunked.write(large.subarray(0, 1024 * 1024));
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  chunked.destroy();
  expect(pushes()).toBe(0);
});

test('an unsigned request is answered before its body is read', async () => {
  const { url } = await setUp();
  const unsigned = request(url, { method: 'POST', headers: { 'content-length': '1000000' } });
  unsigned.on('error', () => {});
  unsigned.flushHeaders();
  const [response] = await once(unsigned, 'response');
  expect(response.statusCode).toBe(401);
  expect(response.headers.connection).toBe('close');
  unsigned.destroy();
});

test('only POST /webhook exists', async () => {
  const { url } = await setUp();
  expect((await fetch(url)).status).toBe(405);
  expect((await fetch(url.replace('webhook', 'else'), { method: 'POST' })).status).toBe(404);
});
