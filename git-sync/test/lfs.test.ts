import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin, DEVELOPER_ENVIRONMENT } from './support/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { makeWorkspace } from './support/workspace.ts';

// Debian's git-lfs; .ci/run installs it. Without it git-sync publishes the pointers.
const installed = spawnSync('git', ['lfs', 'version']).status === 0;

async function setUp() {
  const directory = await makeWorkspace();
  const origin = await createOrigin(join(directory, 'origin'));
  execFileSync('git', ['lfs', 'install', '--local'], {
    cwd: origin.path,
    env: DEVELOPER_ENVIRONMENT,
    stdio: 'ignore',
  });
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  const one = await origin.commit({ 'data.bin': 'large one', 'same.bin': 'the same' });
  expect(await origin.git('show', 'HEAD:data.bin')).toContain('git-lfs.github.com/spec');
  return { directory, origin, one, root: join(directory, 'code') };
}

test.skipIf(!installed)('publishes the content of Git LFS files', async () => {
  const { root, origin, one } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `file://${origin.path}` });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('data.bin')).toBe('large one');

  const two = await origin.commit({ 'data.bin': 'large two' });
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('data.bin')).toBe('large two');
  expect(await sync.read('same.bin')).toBe('the same');
  await expect(stat(join(root, 'clone/lfs'))).rejects.toThrow('ENOENT');
});

test.skipIf(!installed)(
  'an LFS server that never answers is given up, and said to be one',
  async () => {
    const { directory, root, origin, one } = await setUp();
    const server = await startHttpGitServer(directory);
    server.password = 'the password';
    const settings = {
      GIT_SYNC_REPO: `${server.origin}/origin`,
      GIT_SYNC_PASSWORD: 'the password',
      GIT_SYNC_TIMEOUT: '3',
    };
    const sync = await startTestSync(root, settings);
    expect(told(await sync.first)).toBe(one);
    expect(await sync.read('data.bin')).toBe('large one');

    const two = await origin.commit({ 'data.bin': 'large two' });
    server.mode = 'hang lfs';
    expect(told(await sync.syncNow())).toBe('GITCRON_E_LFS');
    expect(await sync.read('data.bin')).toBe('large one');
    expect(await readdir(join(root, 'building'))).toEqual([]);
    // The next try goes on with what this one had.
    expect(await readdir(join(root, 'clone'))).toContain('lfs');
    server.mode = 'work';
    expect(told(await sync.syncNow())).toBe(two);
    expect(await sync.read('data.bin')).toBe('large two');
  },
);
