import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

// Each git that meets one of its files starts git-lfs, and a test has dozens of them.
vi.setConfig({ testTimeout: 90_000 });

// Debian's git-lfs; .ci/run installs it. Without it git-sync publishes the pointers.
const installed = spawnSync('git', ['lfs', 'version']).status === 0;

/** A repository whose `*.bin` are in Git LFS. */
async function createLfsOrigin(path: string): Promise<Origin> {
  const origin = await createOrigin(path);
  await origin.git('lfs', 'install', '--local');
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  return origin;
}

async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createLfsOrigin(join(directory, 'origin'));
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

test.skipIf(!installed)(
  'a submodule’s files are had from its own server, or from where its .lfsconfig says',
  async () => {
    const { directory, root, origin } = await setUp();
    const library = await createLfsOrigin(join(directory, 'theirs/library'));
    await library.commit({ 'lib.bin': 'of the library' });
    const moved = await createLfsOrigin(join(directory, 'theirs/moved'));
    await moved.commit({ 'moved.bin': 'elsewhere' });
    const ours = await startHttpGitServer(join(directory));
    const theirs = await startHttpGitServer(join(directory, 'theirs'));
    const elsewhere = await startHttpGitServer(join(directory, 'theirs'));
    ours.password = 'the password';
    await moved.commit({
      '.lfsconfig': `[lfs]\n\turl = ${elsewhere.origin}/moved.git/info/lfs\n`,
    });
    for (const name of ['library', 'moved']) {
      await origin.git('submodule', 'add', join(directory, 'theirs', name), name);
      const url = `${theirs.origin}/${name}`;
      await origin.git('config', '--file', '.gitmodules', `submodule.${name}.url`, url);
    }
    const two = await origin.commit({});
    const sync = await startTestSync(root, {
      GIT_SYNC_REPO: `${ours.origin}/origin`,
      GIT_SYNC_PASSWORD: 'the password',
    });
    expect(told(await sync.first)).toBe(two);
    expect(await sync.read('data.bin')).toBe('large one');
    expect(await sync.read('library/lib.bin')).toBe('of the library');
    expect(await sync.read('moved/moved.bin')).toBe('elsewhere');
    expect(elsewhere.requests).not.toEqual([]);
    // The password is for the main repository's server alone, also where git-lfs asks.
    expect([...theirs.authorizations, ...elsewhere.authorizations].join('')).toBe('');

    theirs.mode = '503 lfs';
    await library.commit({ 'lib.bin': 'another' });
    await origin.git('-C', 'library', 'pull', '--quiet', library.path, 'main');
    const three = await origin.commit({});
    expect(told(await sync.syncNow())).toBe('GITCRON_E_LFS');
    expect(sync.status().error?.message).toContain('“library”');
    expect(sync.status().error?.place).toBe(`${theirs.origin}/library`);
    theirs.mode = 'work';
    expect(told(await sync.syncNow())).toBe(three);
    expect(await sync.read('library/lib.bin')).toBe('another');
  },
);

test.skipIf(!installed)(
  'what .lfsconfig excludes is a pointer for as long as it says so',
  async () => {
    const { root, origin } = await setUp();
    const exclude = '[lfs]\n\tfetchexclude = same.bin\n';
    const sync = await startTestSync(root, { GIT_SYNC_REPO: `file://${origin.path}` });
    await sync.first;
    expect(await sync.read('same.bin')).toBe('the same');
    const two = await origin.commit({ '.lfsconfig': exclude });
    expect(told(await sync.syncNow())).toBe(two);
    expect(await sync.read('same.bin')).toContain('git-lfs.github.com/spec');
    expect(await sync.read('data.bin')).toBe('large one');
    const three = await origin.commit({ '.lfsconfig': null });
    expect(told(await sync.syncNow())).toBe(three);
    expect(await sync.read('same.bin')).toBe('the same');
  },
);
