import { spawnSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const TEXT = 'as it was committed';

/** A published revision with a file that no commit after it touches, also one in a submodule. */
async function setUp(settings: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ same: TEXT });
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ 'dir/same': TEXT, other: '0' });
  await origin.git('submodule', 'add', '../library', 'lib');
  await origin.commit({});
  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, ...settings });
  await sync.first;
  const publish = async (changes: Record<string, string>) => {
    const hash = await origin.commit(changes);
    expect(told(await sync.syncNow())).toBe(hash);
    return hash;
  };
  const inode = async (path: string) => (await stat(join(root, 'current', path))).ino;
  return { directory, root, origin, sync, publish, inode };
}

async function revisionsIn(root: string): Promise<string[]> {
  return (await readdir(join(root, 'revisions'))).filter((name) => !name.includes('.'));
}

const ALTERED = 'as nobody committed'.slice(0, TEXT.length);

const alterations: Record<string, (path: string) => Promise<unknown>> = {
  'written over': (path) => writeFile(path, 'else'),
  'appended to': (path) => appendFile(path, '!'),
  truncated: (path) => truncate(path, 3),
  'written over with as many letters, its time set back': async (path) => {
    const { atime, mtime } = await stat(path);
    await writeFile(path, ALTERED);
    await utimes(path, atime, mtime);
  },
  'another file in its place, of the same time': async (path) => {
    const { atime, mtime } = await stat(path);
    await writeFile(`${path}.new`, ALTERED);
    await utimes(`${path}.new`, atime, mtime);
    await rename(`${path}.new`, path);
  },
  'made executable': (path) => chmod(path, 0o555),
  deleted: (path) => rm(path),
};

test.each(Object.keys(alterations))(
  'a published file that was %s is right in the next commit',
  async (name) => {
    const { root, publish, sync } = await setUp();
    for (const path of ['dir/same', 'lib/same']) {
      const file = join(root, 'current', path);
      await chmod(join(file, '..'), 0o755);
      await chmod(file, 0o644);
      await alterations[name]?.(file);
    }
    await publish({ other: '1' });
    for (const path of ['dir/same', 'lib/same']) {
      expect(await sync.read(path)).toBe(TEXT);
      expect((await stat(join(root, 'current', path))).mode & 0o777).toBe(0o444);
    }
  },
);

test('a file whose times changed and nothing else goes on being shared', async () => {
  const { root, publish, inode } = await setUp();
  const before = await inode('dir/same');
  await utimes(join(root, 'current/dir/same'), new Date(), new Date());
  await publish({ other: '1' });
  expect(await inode('dir/same')).toBe(before);
});

test('sharing lasts while old revisions are deleted, without a look into the files', async () => {
  const { root, publish, inode } = await setUp({ GIT_SYNC_KEEP: '1', GIT_SYNC_KEEP_SEC: '0' });
  const before = await inode('dir/same');
  for (const other of ['1', '2', '3']) {
    await publish({ other });
    expect(await revisionsIn(root)).toHaveLength(1);
    const { size, mtimeMs, ino, ctimeMs } = await stat(join(root, 'current/dir/same'));
    const inventory = await readFile(join(root, 'inventory'), 'latin1');
    expect(inventory).toContain(` ${size} ${mtimeMs} ${ino}\tdir/same\0`);
    expect(ctimeMs).toBeLessThanOrEqual(Number(inventory.split('\0')[1]));
  }
  expect(await inode('dir/same')).toBe(before);
});

test('what was altered before an old revision was deleted is not taken for right after it', async () => {
  const { root, publish, sync } = await setUp({ GIT_SYNC_KEEP: '1', GIT_SYNC_KEEP_SEC: '1' });
  await publish({ other: '1' });
  const file = join(root, 'current/dir/same');
  await alterations['written over with as many letters, its time set back']?.(file);
  await vi.waitFor(
    async () => {
      await sync.syncNow();
      expect(await revisionsIn(root)).toHaveLength(1);
    },
    { timeout: 20_000, interval: 100 },
  );
  await publish({ other: '2' });
  expect(await sync.read('dir/same')).toBe(TEXT);
});

test('what was altered after the clock was set back is not taken for what was published', async () => {
  const { root, publish, sync } = await setUp();
  const inventory = join(root, 'inventory');
  const [revision, , ...lines] = (await readFile(inventory, 'latin1')).split('\0');
  const tomorrow = Date.now() + 86_400_000;
  await writeFile(inventory, [revision, tomorrow, ...lines].join('\0'), 'latin1');
  const file = join(root, 'current/dir/same');
  await chmod(file, 0o644);
  await alterations['written over with as many letters, its time set back']?.(file);
  await chmod(file, 0o444);
  await publish({ other: '1' });
  expect(await sync.read('dir/same')).toBe(TEXT);
});

test.each(['gone', 'cut short', 'a directory', 'of another program'])(
  'with an inventory that is %s all is written anew',
  async (how) => {
    const { root, publish, sync, inode } = await setUp();
    const before = await inode('dir/same');
    const inventory = join(root, 'inventory');
    if (how === 'gone' || how === 'a directory') await rm(inventory);
    if (how === 'a directory') await mkdir(join(inventory, 'full'), { recursive: true });
    if (how === 'cut short') await truncate(inventory, 100);
    if (how === 'of another program') await writeFile(inventory, 'what is this?');
    await publish({ other: '1' });
    expect(await sync.read('dir/same')).toBe(TEXT);
    expect(await inode('dir/same')).not.toBe(before);
    const after = await inode('dir/same');
    await publish({ other: '2' });
    expect(await inode('dir/same')).toBe(after);
  },
);

const hasLfs = spawnSync('git', ['lfs', 'version']).status === 0;

/** Directories with all programs of PATH in them but git-lfs: as before it was installed. */
async function pathWithoutLfs(directory: string): Promise<string> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const path = process.env['PATH'] ?? '';
  for (const from of path.split(delimiter)) {
    for (const name of await readdir(from).catch(() => [])) {
      if (name !== 'git-lfs') await symlink(join(from, name), join(bin, name)).catch(() => {});
    }
  }
  return bin;
}

test.skipIf(!hasLfs)('pointers become files with the first commit after git-lfs came', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.git('lfs', 'install', '--local');
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  await origin.commit({ 'data.bin': 'large', plain: '0' });
  vi.stubEnv('PATH', await pathWithoutLfs(directory));
  onTestFinished(() => void vi.unstubAllEnvs());
  const sync = await startTestSync(join(directory, 'code'), {
    GIT_SYNC_REPO: `file://${origin.path}`,
  });
  await sync.first;
  expect(await sync.read('data.bin')).toContain('git-lfs.github.com/spec');
  vi.unstubAllEnvs();
  await origin.commit({ plain: '1' });
  await sync.syncNow();
  expect(await sync.read('data.bin')).toBe('large');
});
