import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetProxies } from './support/forget-proxies.ts';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

beforeEach(forgetProxies);
afterEach(() => void vi.unstubAllEnvs());

/** A repository whose objects have SHA-256 names, with a submodule of the same kind. */
async function setUp() {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'), 'sha256');
  await library.commit({ code: '1' });
  const origin = await createOrigin(join(directory, 'origin'), 'sha256');
  await origin.commit({ same: 'same' });
  await origin.git('submodule', 'add', '../library', 'lib');
  const one = await origin.commit({ a: '1' });
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  return { directory, origin, library, one, root: join(directory, 'code') };
}

test('publishes it with its submodule, and shares what did not change', async () => {
  const { root, origin, library, one } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('lib/code')).toBe('1');
  expect(told(await sync.syncNow())).toBe('none');
  await library.commit({ code: '2' });
  await origin.git('-C', 'lib', 'pull', '--quiet');
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('lib/code')).toBe('2');
  const inode = async (hash: string) => (await stat(join(root, 'revisions', hash, 'same'))).ino;
  expect(await inode(two)).toBe(await inode(one));
});

test('over http an idle look is one request', async () => {
  const { directory, root, one } = await setUp();
  const server = await startHttpGitServer(directory);
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `${server.origin}/origin` });
  expect(told(await sync.first)).toBe(one);
  await sync.stop();
  const again = await startTestSync(root, { GIT_SYNC_REPO: `${server.origin}/origin` });
  await again.first;
  server.requests.length = 0;
  expect(told(await again.syncNow())).toBe('none');
  expect(server.requests).toEqual(['POST /origin/git-upload-pack']);
});

test.each([64, 12])('a hash can be pinned by %s of its letters', async (letters) => {
  const { root, origin, one } = await setUp();
  await origin.commit({ a: '2' });
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `file://${origin.path}`,
    GIT_SYNC_BRANCH: one.slice(0, letters),
  });
  expect(told(await sync.first)).toBe(one);
  expect(told(await sync.syncNow())).toBe('none');
});

test('a repository that is made again with SHA-256 is followed, and so is the way back', async () => {
  const { directory, root, origin, one } = await setUp();
  const path = join(directory, 'again');
  const before = await (await createOrigin(path)).commit({ a: 'sha1' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: path });
  expect(told(await sync.first)).toBe(before);
  await rm(path, { recursive: true });
  await origin.git('clone', '--quiet', origin.path, path);
  expect(told(await sync.syncNow())).toBe(one);
  await rm(path, { recursive: true });
  const after = await (await createOrigin(path)).commit({ a: 'sha1 again' });
  expect(told(await sync.syncNow())).toBe(after);
  expect(await sync.read('a')).toBe('sha1 again');
});
