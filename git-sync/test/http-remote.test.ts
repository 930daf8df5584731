import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { listenOnLoopback } from './support/loopback.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { processesWith } from '../../base/test/processes.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

const PASSWORD = 'correct horse battery staple';

async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  const server = await startHttpGitServer(directory);
  return {
    directory,
    origin,
    one,
    server,
    root: join(directory, 'code'),
    url: `${server.origin}/origin`,
  };
}

/** Every byte of every file below the directory. */
async function everything(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  return contents.join('\n');
}

test('publishes over http, and an idle look is one exchange', async () => {
  const { root, origin, one, server, url } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  expect(told(await sync.first)).toBe(one);
  server.requests.length = 0;
  expect(told(await sync.syncNow())).toBe('none');
  expect(server.requests).toEqual(['POST /origin/git-upload-pack']);
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
});

test('a password from a file works, is read anew, and is written nowhere', async () => {
  const { directory, root, origin, one, server, url } = await setUp();
  server.password = PASSWORD;
  const file = join(directory, 'password');
  await writeFile(file, 'wrong-password-entirely\n');
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: url,
    GIT_SYNC_USERNAME: 'ann',
    GIT_SYNC_PASSWORD_FILE: file,
  });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_PASSWORD');
  await writeFile(file, `${PASSWORD}\n`);
  expect(told(await sync.syncNow())).toBe(one);
  expect(server.authorizations.at(-1)).toBe(
    `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`,
  );
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
  await until(() => existsSync(join(root, 'revisions', `${two}.changes.json`)));

  for (const secret of ['wrong-password-entirely', PASSWORD]) {
    expect(JSON.stringify(sync.lines)).not.toContain(secret);
    expect(await everything(root)).not.toContain(secret);
  }
  await rm(file);
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SECRET_FILE');
  expect(await sync.current()).toBe(two);
});

test('the password is in no process’s arguments while git works', async () => {
  const { root, server, url } = await setUp();
  server.password = PASSWORD;
  server.mode = 'hang fetch';
  const hung = server.hung();
  await startTestSync(root, { GIT_SYNC_REPO: url, GIT_SYNC_PASSWORD: PASSWORD });
  await hung;
  expect(processesWith(url).length).toBeGreaterThan(0);
  expect(processesWith(PASSWORD)).toEqual([]);
});

test('a server that wants a password gets none that was not given', async () => {
  const { root, server, url } = await setUp();
  server.password = PASSWORD;
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  const outcome = await sync.first;
  expect(told(outcome)).toBe('GITCRON_E_REMOTE_PASSWORD');
  expect(sync.status().error?.message).toBe('The remote asks for a password.');
});

test('the password does not follow a redirect to another server', async () => {
  const { root, server, url } = await setUp();
  server.password = PASSWORD;
  const redirector = createServer((request, response) => {
    response.writeHead(302, { location: `${server.origin}${request.url}` }).end();
  });
  const port = await listenOnLoopback(redirector);
  onTestFinished(() => void redirector.close());
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: url.replace(/:\d+/, `:${port}`),
    GIT_SYNC_PASSWORD: PASSWORD,
  });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_PASSWORD');
  expect(server.requests.length).toBeGreaterThan(0);
  expect(server.authorizations.filter((header) => header !== '')).toEqual([]);
});

test('a server that never answers is given up, and no git is left', async () => {
  const { root, one, server, url } = await setUp();
  server.mode = 'hang';
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url, GIT_SYNC_TIMEOUT: '3' });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_SILENT');
  expect(processesWith(url)).toEqual([]);
  server.mode = 'hang fetch';
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_SILENT');
  expect(processesWith(url)).toEqual([]);
  server.mode = 'work';
  expect(told(await sync.syncNow())).toBe(one);
});

test.each(['503', '503 fetch', 'cut'] as const)('“%s” is survived', async (mode) => {
  const { root, origin, one, server, url } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  expect(told(await sync.first)).toBe(one);
  const two = await origin.commit({ a: '2', b: 'y'.repeat(1000) });
  server.mode = mode;
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_FAILED');
  expect(await sync.current()).toBe(one);
  server.mode = 'work';
  expect(told(await sync.syncNow())).toBe(two);
  // A server's fault is not taken for damage of the clone.
  expect(sync.lines.filter(({ msg }) => msg.includes('damaged'))).toEqual([]);
});

test('a pack cut off at the first clone is survived', async () => {
  const { root, one, server, url } = await setUp();
  server.mode = 'cut';
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_FAILED');
  server.mode = 'work';
  expect(told(await sync.syncNow())).toBe(one);
});

test('a remote that goes away and comes back is noticed', async () => {
  const { root, origin, server, url } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  await sync.first;
  await server.close();
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_FAILED');
  const two = await origin.commit({ a: '2' });
  await server.listenAgain();
  expect(told(await sync.syncNow())).toBe(two);
});

test('stop ends a fetch under way, with all its children', async () => {
  const { root, server, url } = await setUp();
  server.mode = 'hang fetch';
  const hung = server.hung();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: url });
  await hung;
  expect(processesWith(url).length).toBeGreaterThan(0);
  await sync.stop();
  expect(processesWith(url)).toEqual([]);
});

test('a repository that is not there, or may not be read, is said to be that', async () => {
  const { root, one, server, url } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `${server.origin}/nowhere` });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_NO_REPOSITORY');
  expect(sync.status().error?.hint).toContain('Check GIT_SYNC_REPO');
  await sync.stop();

  const forbidden = await startTestSync(root, { GIT_SYNC_REPO: url, GIT_SYNC_PASSWORD: PASSWORD });
  expect(told(await forbidden.first)).toBe(one);
  server.mode = '403';
  expect(told(await forbidden.syncNow())).toBe('GITCRON_E_REMOTE_PASSWORD');
  expect(forbidden.status().error?.message).toContain('does not let them read');
  server.mode = 'work';
  expect(told(await forbidden.syncNow())).toBe('none');
});
