import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told, type TestSync } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

/** A sync that has published a first commit, and a way to take its remote away. */
async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1', b: 'x'.repeat(100_000) });
  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(one);
  const away = join(directory, 'away');
  return {
    root,
    origin,
    one,
    sync,
    clone: join(root, 'clone'),
    remoteDown: () => rename(origin.path, away),
    remoteUp: () => rename(away, origin.path),
  };
}

async function expectIntact(sync: TestSync, hash: string): Promise<void> {
  expect(await sync.current()).toBe(hash);
  expect(await sync.read('b')).toBe('x'.repeat(100_000));
}

/** A small fetch leaves loose objects; this makes a pack of them. */
async function packClone(clone: string, origin: Origin): Promise<string> {
  await origin.git('--git-dir', clone, 'repack', '-a', '-d', '--quiet');
  const packs = join(clone, 'objects/pack');
  const name = (await readdir(packs)).find((file) => file.endsWith('.pack')) ?? 'no pack';
  await chmod(join(packs, name), 0o644);
  return join(packs, name);
}

const damages: Record<string, (clone: string, origin: Origin) => Promise<unknown>> = {
  'a truncated pack': async (clone, origin) => truncate(await packClone(clone, origin), 100),
  'a pack with garbage in it': async (clone, origin) => {
    const path = await packClone(clone, origin);
    const pack = await readFile(path);
    // Behind the header and before the checksum, which are all that git looks at first.
    await writeFile(path, pack.fill(0xff, 12, pack.length - 20));
  },
  'a missing HEAD': (clone) => rm(join(clone, 'HEAD')),
  'a config that is garbage': (clone) => writeFile(join(clone, 'config'), '[[[\0'),
  'an empty directory in its place': async (clone) => {
    await rm(clone, { recursive: true });
    await mkdir(clone);
  },
  'no clone at all': (clone) => rm(clone, { recursive: true }),
};

test.each(Object.keys(damages))('%s: the tree stays and the clone is rebuilt', async (name) => {
  const { origin, one, sync, clone } = await setUp();
  await damages[name]?.(clone, origin);
  expect(told(await sync.syncNow())).toBe('none');
  await expectIntact(sync, one);
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
  await expectIntact(sync, two);
  const three = await origin.commit({ a: '3' });
  expect(told(await sync.syncNow())).toBe(three);
  expect(sync.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toEqual(
    // git itself fetches again what a truncated pack has lost.
    name === 'no clone at all' || name === 'a truncated pack'
      ? []
      : ['the clone is damaged: making a new one; what is published stays'],
  );
});

test.each(Object.keys(damages))('%s while the remote is down, across a restart', async (name) => {
  const { root, origin, one, sync, clone, remoteDown, remoteUp } = await setUp();
  await damages[name]?.(clone, origin);
  await remoteDown();
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_FAILED');
  await expectIntact(sync, one);
  await sync.stop();

  const restarted = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await restarted.first)).toBe('GITCRON_E_REMOTE_FAILED');
  await expectIntact(restarted, one);
  await remoteUp();
  const two = await origin.commit({ a: '2' });
  expect(told(await restarted.syncNow())).toBe(two);
  await expectIntact(restarted, two);
});

test.each([
  'HEAD.lock',
  'index.lock',
  'config.lock',
  'shallow.lock',
  'packed-refs.lock',
  'refs/gitcron/tip.lock',
  'gc.pid.lock',
  'objects/pack/tmp_pack_abc123',
])('a stale %s is in nobody’s way', async (path) => {
  const { origin, sync, clone } = await setUp();
  await writeFile(join(clone, path), '');
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
  await expect(lstat(join(clone, path))).rejects.toThrow('ENOENT');
  expect(sync.lines.filter(({ level }) => level >= 40)).toEqual([]);
});

test('leftovers of an earlier life are swept at the start', async () => {
  const { root, origin, one, sync } = await setUp();
  await sync.stop();
  await mkdir(join(root, 'building/half/deep'), { recursive: true });
  await symlink('revisions/none', join(root, 'building/current.abc'));
  const two = await origin.commit({ a: '2' });
  // Half of the next revision, as a crash in the middle of a copy would leave it.
  await mkdir(join(root, 'revisions', two));
  await writeFile(join(root, 'revisions', two, 'a'), 'half');
  const restarted = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await restarted.first)).toBe(two);
  expect(await restarted.read('a')).toBe('2');
  expect((await stat(join(root, 'revisions', one))).isDirectory()).toBe(true);
  await until(async () => (await readdir(join(root, 'building'))).length === 0);
});

const linkDamages: Record<string, (current: string) => Promise<void>> = {
  deleted: (current) => rm(current),
  'replaced by a directory': async (current) => {
    await rm(current);
    await mkdir(join(current, 'full'), { recursive: true });
  },
  'replaced by a file': async (current) => {
    await rm(current);
    await writeFile(current, '');
  },
  dangling: async (current) => {
    await rm(current);
    await symlink(`revisions/${'0'.repeat(40)}`, current);
  },
  'pointed elsewhere': async (current) => {
    await rm(current);
    await symlink('/', current);
  },
};

test.each(Object.keys(linkDamages))(
  'a link that is %s is put back, remote or not',
  async (name) => {
    const { root, one, sync, remoteDown } = await setUp();
    await linkDamages[name]?.(join(root, 'current'));
    expect(told(await sync.syncNow())).toBe('none');
    expect(await readlink(join(root, 'current'))).toBe(`revisions/${one}`);
    await remoteDown();
    await linkDamages[name]?.(join(root, 'current'));
    expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_FAILED');
    await expectIntact(sync, one);
  },
);

test('a published revision that was deleted is published again', async () => {
  const { root, one, sync } = await setUp();
  await chmod(join(root, 'revisions', one), 0o755);
  await rm(join(root, 'revisions', one), { recursive: true });
  expect(told(await sync.syncNow())).toBe(one);
  await expectIntact(sync, one);
});

const recordDamages: Record<string, (record: string) => Promise<unknown>> = {
  deleted: (record) => rm(record),
  'cut short': (record) => truncate(record, 10),
  'replaced by a directory': async (record) => {
    await rm(record);
    await mkdir(join(record, 'full'), { recursive: true });
  },
};

test.each(Object.keys(recordDamages))(
  'a record of the current revision that was %s is written again at the next start, remote or not',
  async (name) => {
    const { root, origin, one, sync, remoteDown } = await setUp();
    await sync.stop();
    const record = join(root, 'revisions', `${one}.json`);
    const before = z
      .record(z.string(), z.string())
      .parse(JSON.parse(await readFile(record, 'utf8')));
    await recordDamages[name]?.(record);
    await remoteDown();
    const restarted = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
    expect(told(await restarted.first)).toBe('GITCRON_E_REMOTE_FAILED');
    await expectIntact(restarted, one);
    const { publishedAt: _, ...same } = before;
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject(same);
    expect(restarted.status().current).toMatchObject(same);
  },
);

test('a lost record is written again while git-sync runs, also without a clone', async () => {
  const { root, one, sync, clone } = await setUp();
  const record = join(root, 'revisions', `${one}.json`);
  await rm(record);
  await rm(clone, { recursive: true });
  expect(told(await sync.syncNow())).toBe('none');
  expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({
    hash: one,
    author: 'Ann Lee',
  });
  expect(sync.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
    `wrote again what is known of ${one.slice(0, 7)}: its .json was lost`,
  ]);
});

test('a remote that is down at the start is waited for, and said once', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'origin');
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: path });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_FAILED');
  for (let again = 0; again < 20; again += 1) await sync.syncNow();
  expect(sync.status()).toMatchObject({ state: 'failing', failures: 21, current: null });
  // Asking for a sync, as a webhook does, starts the back-off anew.
  const nextMs = Date.parse(sync.status().nextAttemptAt ?? '') - Date.now();
  expect(nextMs).toBeLessThanOrEqual(2_000);
  expect(sync.lines.filter(({ level }) => level === 50).map(({ error }) => error)).toEqual([
    expect.stringContaining('hint: Check that GIT_SYNC_REPO is the path'),
  ]);
  // Counts at 2, 4, 8 and 16.
  expect(sync.lines.filter(({ level }) => level === 40).length).toBe(4);
  const one = await (await createOrigin(path)).commit({ a: '1' });
  expect(told(await sync.syncNow())).toBe(one);
  expect(sync.lines.map(({ msg }) => msg)).toContainEqual(
    expect.stringMatching(/^well again after 21 failures in /),
  );
  expect(sync.status()).toMatchObject({ state: 'ok', failures: 0, error: null });
});

test('without git it says what is missing, and goes on once it is there', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  vi.stubEnv('PATH', directory);
  onTestFinished(() => void vi.unstubAllEnvs());
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe('GITCRON_E_GIT_MISSING');
  expect(sync.status().error?.message).toBe('The program git cannot be started.');
  vi.unstubAllEnvs();
  expect(told(await sync.syncNow())).toBe(one);
});
