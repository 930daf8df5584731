import { chmod, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

const TEXT = 'as it was committed';
const ALTERED = 'as nobody committed'.slice(0, TEXT.length);

/** Two published commits, of which the newer one is current; `goBack` is the push that undoes it. */
async function setUp(settings: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ nested: TEXT });
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.git('submodule', 'add', '../library', 'lib');
  const one = await origin.commit({ 'dir/file': TEXT, other: '1' });
  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, ...settings });
  expect(told(await sync.first)).toBe(one);
  const two = await origin.commit({ 'dir/file': 'else', other: '2' });
  expect(told(await sync.syncNow())).toBe(two);
  const older = join(root, 'revisions', one);
  const goBack = async () => {
    await origin.git('reset', '--hard', '--quiet', one);
    return told(await sync.syncNow());
  };
  return { directory, root, origin, sync, one, two, older, goBack };
}

/** With as many letters and the time of before: only a look inside tells. */
async function alter(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  await writeFile(path, ALTERED);
  await utimes(path, atime, mtime);
}

test.each(['dir/file', 'lib/nested'])(
  'going back to a commit whose %s was altered here publishes the commit',
  async (path) => {
    const { sync, one, older, goBack } = await setUp();
    await chmod(join(older, path), 0o644);
    await alter(join(older, path));
    expect(await goBack()).toBe(one);
    expect(await sync.read(path)).toBe(TEXT);
    expect((await stat(join(older, path))).mode & 0o777).toBe(0o444);
  },
);

test.each<[what: string, change: (older: string) => Promise<unknown>]>([
  ['a file is missing', (older) => rm(join(older, 'other'))],
  ['a file came', (older) => writeFile(join(older, 'more'), '')],
  ['a file was made executable', (older) => chmod(join(older, 'other'), 0o555)],
])('where %s, too', async (_, change) => {
  const { root, sync, one, older, goBack } = await setUp();
  await chmod(older, 0o755);
  await change(older);
  expect(await goBack()).toBe(one);
  expect((await readdir(join(root, 'current'))).toSorted()).toEqual(
    ['.gitmodules', 'dir', 'lib', 'other'].toSorted(),
  );
  expect((await stat(join(root, 'current/other'))).mode & 0o777).toBe(0o444);
  expect(await sync.read('other')).toBe('1');
});

test('who still reads the altered tree keeps it for as long as an old revision is kept', async () => {
  const { root, sync, one, older, goBack } = await setUp({ GIT_SYNC_KEEP_SEC: '1' });
  const path = join(older, 'dir/file');
  await chmod(path, 0o644);
  await alter(path);
  const reader = await open(path);
  expect(await goBack()).toBe(one);
  expect(await reader.readFile('utf8')).toBe(ALTERED);
  await reader.close();
  await vi.waitFor(
    async () => {
      await sync.syncNow();
      const names = await readdir(join(root, 'revisions'));
      expect(names.filter((name) => name.includes('set-aside'))).toEqual([]);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(await sync.read('dir/file')).toBe(TEXT);
});

test('a tree that is as it was published stays where it is, and goes on being shared', async () => {
  const { root, origin, sync, one, older, goBack } = await setUp();
  const before = await stat(older);
  const file = await stat(join(older, 'dir/file'));
  expect(await goBack()).toBe(one);
  expect((await stat(older)).ino).toBe(before.ino);
  expect((await stat(join(older, 'dir/file'))).ino).toBe(file.ino);
  await until(async () => (await readdir(join(root, 'building'))).length === 0);
  const three = await origin.commit({ other: '3' });
  expect(told(await sync.syncNow())).toBe(three);
  expect(await sync.read('dir/file')).toBe(TEXT);
});

test('a hash of before is published also while the remote is away', async () => {
  const { directory, root, origin, sync, one } = await setUp();
  await sync.stop();
  await rm(join(directory, 'origin'), { recursive: true });
  const back = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_BRANCH: one });
  expect(told(await back.first)).toBe(one);
  expect(back.lines.some(({ msg }) => msg.includes('as it lies here'))).toBe(true);
});
