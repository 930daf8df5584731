import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { forgetProxies } from './support/forget-proxies.ts';
import { serveRepositories } from './support/git-http-backend.ts';
import { startHttpGitServer } from './support/http-git-server.ts';
import { listenOnLoopback } from './support/loopback.ts';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const execute = promisify(execFile);

/** What git asks first, and a look without git does not. */
const GIT_ASKS = 'GET /origin/info/refs?service=git-upload-pack';
const ONE_REQUEST = ['POST /origin/git-upload-pack'];

beforeEach(() => {
  // With a proxy it is git that asks.
  forgetProxies();
  return () => vi.unstubAllEnvs();
});

async function setUp(): Promise<{ directory: string; origin: Origin; one: string; root: string }> {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  return { directory, origin, one, root: join(directory, 'code') };
}

/** Serves every repository below the directory, and notes what it is asked. */
function gitServer(directory: string, requests: string[]): RequestListener {
  const serve = serveRepositories(directory);
  return (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    serve(request, response);
  };
}

/** @returns its port. */
async function listen(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listenOnLoopback(server);
}

test.each(['v1', 'HEAD', 'refs/heads/main'])('a look at %s is one request', async (ref) => {
  const { directory, origin, one, root } = await setUp();
  await origin.git('tag', '--annotate', '--message=One', 'v1');
  const server = await startHttpGitServer(directory);
  const url = `${server.origin}/origin`;
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url, GIT_SYNC_BRANCH: ref });
  expect(told(await sync.first)).toBe(one);
  server.requests.length = 0;
  expect(told(await sync.syncNow())).toBe('none');
  expect(server.requests).toEqual(ONE_REQUEST);
});

test('a branch that is gone is git’s to tell', async () => {
  const { directory, origin, root } = await setUp();
  const server = await startHttpGitServer(directory);
  await origin.git('branch', 'other');
  const url = `${server.origin}/origin`;
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url, GIT_SYNC_BRANCH: 'other' });
  await sync.first;
  await origin.git('branch', '--delete', '--force', 'other');
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REF_NOT_FOUND');
});

test.each<[string, RequestListener]>([
  ['refuses it', (_, response) => response.writeHead(403).end()],
  ['redirects it', (_, response) => response.writeHead(307, { location: '/elsewhere' }).end()],
  ['shows a page', (_, response) => response.setHeader('content-type', 'text/html').end('Hello')],
  [
    'answers without end',
    (_, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-result');
      response.write('0000'.repeat(50_000));
    },
  ],
  [
    'tells something else',
    (_, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-result');
      response.end('0000');
    },
  ],
])('where a server %s, git asks, and nothing else for a while', async (_, answer) => {
  const { directory, one, root } = await setUp();
  const requests: string[] = [];
  const serve = gitServer(directory, requests);
  let asked = 0;
  const server = createServer((request, response) => {
    // git asks with a version of its own.
    if (request.headers['user-agent'] !== 'git/gitcron') return serve(request, response);
    asked += 1;
    answer(request, response);
  });
  const url = `http://127.0.0.1:${await listen(server)}/origin`;
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  expect(told(await sync.first)).toBe(one);
  requests.length = 0;
  expect(told(await sync.syncNow())).toBe('none');
  expect(requests[0]).toBe(GIT_ASKS);
  expect(asked).toBe(1);
});

test('with a proxy only git asks', async () => {
  const { directory, one, root } = await setUp();
  const server = await startHttpGitServer(directory);
  vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `${server.origin}/origin` });
  expect(told(await sync.first)).toBe(one);
  expect(server.requests[0]).toBe(GIT_ASKS);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.runIf(hasOpenssl)('over https it trusts whom git trusts, and nobody else', async () => {
  const { directory, one, root } = await setUp();
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const requests: string[] = [];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await execute('openssl', [...request, ...names, '-keyout', key, '-out', certificate]);
  const identity = { key: await readFile(key), cert: await readFile(certificate) };
  const port = await listen(createTlsServer(identity, gitServer(directory, requests)));
  const settings = { GIT_SYNC_REPO: `https://127.0.0.1:${port}/origin` };
  const stranger = await startTestSync(join(directory, 'stranger'), settings);
  expect((await stranger.first).ok).toBe(false);
  expect(requests).toEqual([]);

  vi.stubEnv('GIT_SSL_CAINFO', certificate);
  const sync = await startTestSync(root, settings);
  expect(told(await sync.first)).toBe(one);
  requests.length = 0;
  expect(told(await sync.syncNow())).toBe('none');
  expect(requests).toEqual(ONE_REQUEST);
});
