import { execFileSync, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin, DEVELOPER_ENVIRONMENT } from './support/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { makeWorkspace } from './support/workspace.ts';

// Debian's git-lfs; .ci/run installs it. Without it git-sync publishes the pointers.
const installed = spawnSync('git', ['lfs', 'version']).status === 0;

test.skipIf(!installed)('publishes the content of Git LFS files', async () => {
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

  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `file://${origin.path}` });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('data.bin')).toBe('large one');

  const two = await origin.commit({ 'data.bin': 'large two' });
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('data.bin')).toBe('large two');
  expect(await sync.read('same.bin')).toBe('the same');
  await expect(stat(join(root, 'clone/lfs'))).rejects.toThrow('ENOENT');
});
