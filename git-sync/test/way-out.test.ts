import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { forgetProxies } from './support/forget-proxies.ts';
import { startForwardProxy } from './support/forward-proxy.ts';
import { readBody, serveRepositories } from './support/git-http-backend.ts';
import { askLfs } from './support/lfs-backend.ts';
import { listenOnLoopback } from './support/loopback.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { makeTlsIdentity } from './support/tls-identity.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const hasLfs = spawnSync('git', ['lfs', 'version']).status === 0;

afterEach(() => void vi.unstubAllEnvs());

async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  forgetProxies();
  return { directory, origin, one, root: join(directory, 'code') };
}

/** Git and Git LFS over TLS, with a certificate of an authority of its own. */
async function startTlsServer(directory: string, days = 2) {
  const identity = await makeTlsIdentity(join(directory, 'tls'), { days });
  const requests: string[] = [];
  const repositories = serveRepositories(directory);
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!request.url?.includes('/info/lfs/')) return repositories(request, response);
    void readBody(request)
      .then((body) => askLfs(directory, request, body, 'https'))
      .then(({ status, headers, content }) => response.writeHead(status, headers).end(content));
  };
  const server = createTlsServer(identity, listener);
  const port = await listenOnLoopback(server);
  onTestFinished(() => void server.close());
  return { origin: `https://127.0.0.1:${port}`, port, requests, ...identity };
}

test.runIf(hasOpenssl)(
  'GIT_SYNC_CA_FILE names who is trusted besides the system’s, by git and by our own request',
  async () => {
    const { directory, origin, one, root } = await setUp();
    const server = await startTlsServer(directory);
    const caFile = join(directory, 'company ca.pem');
    await writeFile(caFile, 'nothing yet');
    const sync = await startTestSync(root, {
      GIT_SYNC_REPO: `${server.origin}/origin`,
      GIT_SYNC_CA_FILE: caFile,
    });
    expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_TLS');
    expect(sync.status().error?.message).toContain('Nobody who is trusted here');
    expect(sync.status().error?.hint).toContain('GIT_SYNC_CA_FILE');
    expect(server.requests).toEqual([]);
    // Without a restart.
    await writeFile(caFile, await readFile(server.authorityFile));
    expect(told(await sync.syncNow())).toBe(one);
    await sync.stop();

    const restarted = await startTestSync(root, {
      GIT_SYNC_REPO: `${server.origin}/origin`,
      GIT_SYNC_CA_FILE: caFile,
    });
    server.requests.length = 0;
    expect(told(await restarted.first)).toBe('none');
    expect(server.requests).toEqual(['POST /origin/git-upload-pack']);
    const two = await origin.commit({ a: '2' });
    expect(told(await restarted.syncNow())).toBe(two);
  },
);

test.runIf(hasOpenssl)('a certificate that has expired is said to have', async () => {
  const { directory, root } = await setUp();
  const server = await startTlsServer(directory, -1);
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `${server.origin}/origin`,
    GIT_SYNC_CA_FILE: server.authorityFile,
  });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_TLS');
  expect(sync.status().error?.message).toBe('The server’s certificate has expired.');
});

test.runIf(hasOpenssl && hasLfs)('Git LFS trusts them, too', async () => {
  const { directory, origin, root } = await setUp();
  await origin.git('lfs', 'install', '--local');
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  const one = await origin.commit({ 'data.bin': 'large' });
  const server = await startTlsServer(directory);
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `${server.origin}/origin`,
    GIT_SYNC_CA_FILE: server.authorityFile,
  });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('data.bin')).toBe('large');
});

test.runIf(hasOpenssl).each(['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])(
  'git goes to a server with TLS by the proxy of %s',
  async (name) => {
    const { directory, one, root } = await setUp();
    const server = await startTlsServer(directory);
    const proxy = await startForwardProxy();
    vi.stubEnv(name, proxy.url);
    const settings = {
      GIT_SYNC_REPO: `${server.origin}/origin`,
      GIT_SYNC_CA_FILE: server.authorityFile,
    };
    const sync = await startTestSync(root, settings);
    expect(told(await sync.first)).toBe(one);
    expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT 127.0.0.1:${server.port}`]));
    const seen = proxy.requests.length;
    expect(told(await sync.syncNow())).toBe('none');
    expect(proxy.requests.length).toBeGreaterThan(seen);
  },
);

test.each(['http_proxy', 'HTTP_PROXY'])(
  'git goes to a server without TLS by the proxy of %s, but for what no_proxy names',
  async (name) => {
    const { directory, one, root } = await setUp();
    const server = createServer(serveRepositories(directory));
    const port = await listenOnLoopback(server);
    onTestFinished(() => void server.close());
    const proxy = await startForwardProxy();
    vi.stubEnv(name, proxy.url);
    const settings = { GIT_SYNC_REPO: `http://127.0.0.1:${port}/origin` };
    const sync = await startTestSync(root, settings);
    expect(told(await sync.first)).toBe(one);
    expect(proxy.requests[0]).toContain(`GET http://127.0.0.1:${port}/origin/info/refs`);
    await sync.stop();
    proxy.requests.length = 0;
    vi.stubEnv(name.startsWith('h') ? 'no_proxy' : 'NO_PROXY', 'localhost,127.0.0.1');
    const direct = await startTestSync(join(directory, 'direct'), settings);
    expect(told(await direct.first)).toBe(one);
    expect(proxy.requests).toEqual([]);
  },
);

test.runIf(hasOpenssl)(
  'a certificate for another name, and none at all, are said to be that',
  async () => {
    const { directory, root } = await setUp();
    const server = await startTlsServer(directory);
    const start = async (url: string) => {
      const sync = await startTestSync(join(root, encodeURIComponent(url)), {
        GIT_SYNC_REPO: url,
        GIT_SYNC_CA_FILE: server.authorityFile,
      });
      const code = told(await sync.first);
      await sync.stop();
      return [code, sync.status().error?.message];
    };
    // By the certificate it is 127.0.0.1 alone.
    expect(await start(`https://localhost:${server.port}/origin`)).toEqual([
      'GITCRON_E_REMOTE_TLS',
      'The server’s certificate is for another name.',
    ]);
    const plain = createServer(serveRepositories(directory));
    const port = await listenOnLoopback(plain);
    onTestFinished(() => void plain.close());
    expect(await start(`https://127.0.0.1:${port}/origin`)).toEqual([
      'GITCRON_E_REMOTE_TLS',
      'The server does not speak TLS as git does.',
    ]);
  },
);
