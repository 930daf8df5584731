import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createOrigin } from './support/origin.ts';
import { currentContent, SOON_MS, startProgram, until } from './support/program.ts';
import { makeWorkspace } from './support/workspace.ts';

vi.setConfig({ testTimeout: 2 * SOON_MS });
const MEGABYTE = 1024 * 1024;
/** A mount of the test's own, which Linux gives without rights where user namespaces are allowed. */
const UNSHARE = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['-r']),
  '-m',
  '--propagation',
  'private',
];
const [unshare = '', ...unshareArgs] = UNSHARE;
const canMount =
  spawnSync(unshare, [...unshareArgs, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

test.skipIf(!canMount).each([
  // Free space, and the commit's size: the fetch writes it once, the checkout once more.
  ['fetch', 2 * MEGABYTE, 3 * MEGABYTE],
  ['checkout-index', 3 * MEGABYTE, 2 * MEGABYTE],
])('a disk full in git %s: the tree stays, and it recovers', async (command, free, size) => {
  const directory = await makeWorkspace();
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  const mount = join(directory, 'volume');
  await mkdir(mount);
  const program = startProgram(
    { GIT_SYNC_REPO: origin.path, GIT_SYNC_ROOT: join(mount, 'code'), GIT_SYNC_WAIT: '1' },
    [
      ...UNSHARE,
      'sh',
      '-c',
      `mount -t tmpfs -o size=${12 * MEGABYTE} none '${mount}' && exec "$@"`,
      'sh',
    ],
  );
  await program.says('published');
  // Only the program has the mount; its view of it is open to us.
  const root = join(`/proc/${program.pid}/root`, mount, 'code');
  const filler = join(root, 'filler');
  await writeFile(filler, Buffer.alloc(12 * MEGABYTE - free)).catch(() => {});

  await origin.commit({ a: '2', large: { bytes: randomBytes(size) } });
  await program.says('GITCRON_E_DISK_FULL');
  expect(program.output()).toContain(`because: git ${command} ended`);
  expect(await currentContent(root, 'a')).toBe('1');
  await until(async () => (await readdir(join(root, 'building'))).length === 0);

  await rm(filler);
  program.signal('SIGHUP');
  await until(async () => (await currentContent(root, 'a')) === '2');
  await program.says('well again');
  await until(async () => (await readdir(join(root, 'building'))).length === 0);
});
