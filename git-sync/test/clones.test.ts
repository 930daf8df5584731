import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createOrigin, originAt, type Origin } from '../../base/test/origin.ts';
import { removeTree } from '../../base/test/remove-tree.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

/** Where the repositories lie, which know one another by their paths; and a copy as they were made. */
let place: string;
let asMade: string;
let newest: string;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-clones-'));
  place = join(directory, 'origins');
  asMade = join(directory, 'as-made');
  const inner = await createOrigin(join(place, 'inner'));
  await inner.commit({ deep: '1' });
  const library = await createOrigin(join(place, 'library'));
  await library.commit({ code: '1' });
  await library.git('submodule', 'add', '../inner', 'nested');
  await library.commit({});
  const origin = await createOrigin(join(place, 'origin'));
  await origin.commit({ a: '1' });
  await origin.git('submodule', 'add', '../library', 'library');
  await origin.git('submodule', 'update', '--init', '--recursive');
  newest = await origin.commit({});
  await rename(place, asMade);
});
afterAll(() => removeTree(dirname(asMade)));

/** A repository with a library in it, which has one of its own in it; all of it published. */
async function setUp(environment: Readonly<Record<string, string>> = {}) {
  await rm(place, { recursive: true, force: true });
  await cp(asMade, place, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const [inner, library, origin] = [
    originAt(join(place, 'inner')),
    originAt(join(place, 'library')),
    originAt(join(place, 'origin')),
  ];
  const directory = await temporaryDirectory();
  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, ...environment });
  expect(told(await sync.first)).toBe(newest);
  const clones = await Promise.all(
    (await readdir(join(root, 'modules'))).map(async (name) => {
      const path = join(root, 'modules', name);
      const tree = await origin.git('--git-dir', path, 'ls-tree', 'refs/gitcron/tip');
      return { path, holds: tree.includes('deep') ? 'inner' : 'library' };
    }),
  );
  const cloneOf = (what: string) => clones.find(({ holds }) => holds === what)?.path ?? 'none';
  /** Something new in all three. */
  const change = async (text: string) => {
    await inner.commit({ deep: text });
    await library.git('-C', 'nested', 'pull', '--quiet', '--no-recurse-submodules');
    await library.commit({ code: text });
    await origin.git('-C', 'library', 'pull', '--quiet', '--no-recurse-submodules');
    return origin.commit({ a: text });
  };
  return { root, origin, library, sync, cloneOf, change };
}

/** Where git keeps objects whose names begin so. */
const HEX_PAIRS = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

const damages: Record<string, (clone: string) => Promise<unknown>> = {
  'half made': async (clone) => {
    await rm(clone, { recursive: true });
    await mkdir(join(clone, 'objects'), { recursive: true });
  },
  'without HEAD': (clone) => rm(join(clone, 'HEAD')),
  'with a config of garbage': (clone) => writeFile(join(clone, 'config'), '[[[\0'),
  'with objects of garbage': async (clone) => {
    for (const path of await readdir(join(clone, 'objects'), { recursive: true })) {
      if (!/^..\/.{38}$|\.pack$/.test(path)) continue;
      await rm(join(clone, 'objects', path), { force: true });
      await writeFile(join(clone, 'objects', path), 'garbage');
    }
  },
  'a file in its place': async (clone) => {
    await rm(clone, { recursive: true });
    await writeFile(clone, '');
  },
  'with a ref in the place of a directory': async (clone) => {
    const tip = await readFile(join(clone, 'refs/gitcron/tip'));
    await rm(join(clone, 'refs/gitcron'), { recursive: true });
    await writeFile(join(clone, 'refs/gitcron'), tip);
  },
  'with a directory in the place of a ref': async (clone) => {
    const tip = await readFile(join(clone, 'refs/gitcron/tip'));
    await rm(join(clone, 'refs/gitcron/tip'));
    await mkdir(join(clone, 'refs/gitcron/tip'));
    await writeFile(join(clone, 'refs/gitcron/tip/x'), tip);
  },
  // git takes the attributes for none, and does not mind; we look for them.
  'with a loop of links in it': async (clone) => {
    await rm(join(clone, 'info'), { recursive: true, force: true });
    await symlink('info', join(clone, 'info'));
  },
};

test.each(
  ['library', 'inner'].flatMap((which) => Object.keys(damages).map((damage) => [which, damage])),
)('the clone of %s, %s, is made anew; no other one is', async (which, damage) => {
  const { root, sync, cloneOf, change } = await setUp();
  await writeFile(join(root, 'clone/kept'), '');
  await damages[damage]?.(cloneOf(which));
  const two = await change('2');
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('library/code')).toBe('2');
  expect(await sync.read('library/nested/deep')).toBe('2');
  expect(existsSync(join(root, 'clone/kept'))).toBe(true);
  const warnings = sync.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  // What is no directory was never a clone.
  const expected = damage === 'a file in its place' ? 0 : 1;
  expect(warnings.filter((text) => text.includes('is damaged: making a new one'))).toHaveLength(
    expected,
  );
  expect(warnings).toHaveLength(expected);
  expect(told(await sync.syncNow())).toBe('none');
});

test('what a killed git left in a submodule’s clone is cleared away', async () => {
  const { sync, cloneOf, change } = await setUp();
  const clone = cloneOf('library');
  const leftovers = [
    'shallow.lock',
    'gc.pid',
    'objects/pack/tmp_pack_abc123',
    'objects/pack/.tmp-1234-pack-abc.pack',
  ];
  for (const path of leftovers) {
    await mkdir(join(clone, 'objects/pack'), { recursive: true });
    await writeFile(join(clone, path), '');
  }
  const two = await change('2');
  expect(told(await sync.syncNow())).toBe(two);
  expect(leftovers.filter((path) => existsSync(join(clone, path)))).toEqual([]);
});

test('a clone that git finds nothing wrong with and can do nothing in is in the way for a while', async () => {
  const { root, sync, cloneOf, change } = await setUp({ GIT_SYNC_DEPTH: '0' });
  for (const clone of [join(root, 'clone'), cloneOf('library')])
    await mkdir(join(clone, 'shallow'));
  const two = await change('2');
  const outcomes: string[] = [];
  for (let look = 0; look < 20 && outcomes.at(-1) !== two; look += 1) {
    outcomes.push(told(await sync.syncNow()));
  }
  expect(outcomes.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => 'GITCRON_E_REMOTE_FAILED'));
  expect(outcomes.at(-1)).toBe(two);
  expect(await sync.read('library/code')).toBe('2');
  expect(sync.lines.map(({ msg }) => msg)).toContain(
    'the clone failed 8 times, though git finds nothing wrong with it: making a new one; what is published stays',
  );
});

test('what lies behind a symbolic link in a clone is nobody’s leftover', async () => {
  const { root, sync, cloneOf, change } = await setUp();
  const outside = join(root, '../outside');
  const files = ['a.lock', 'gc.pid', 'objects/tmp_obj_1'].map((name) => join(outside, name));
  await mkdir(join(outside, 'objects'), { recursive: true });
  for (const file of files) await writeFile(file, '');
  for (const clone of [join(root, 'clone'), cloneOf('library')]) {
    await symlink(outside, join(clone, 'branches'));
    const folders = await readdir(join(clone, 'objects'));
    const free = HEX_PAIRS.find((name) => !folders.includes(name)) ?? 'ab';
    await symlink(outside, join(clone, 'objects', free));
  }
  await change('2');
  await sync.syncNow();
  expect(files.filter((file) => existsSync(file))).toEqual(files);
});

test('every clone is kept packed, also while the commit cannot be published', async () => {
  const { root, origin, sync, change } = await setUp();
  const path = process.env['PATH'] ?? '';
  const bin = join(root, 'building/bin');
  const calls = join(root, 'calls');
  await mkdir(bin);
  const shim = `#!/bin/sh\necho "$1 $GIT_DIR" >> '${calls}'\nPATH='${path}' exec git "$@"\n`;
  await writeFile(join(bin, 'git'), shim, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${path}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const packed = async () => {
    const lines = (await readFile(calls, 'utf8')).split('\n');
    await rm(calls);
    return new Set(lines.filter((line) => line.startsWith('gc '))).size;
  };
  await change('2');
  await sync.syncNow();
  expect(await packed()).toBe(3);
  await change('3');
  await origin.git('config', '--file', '.gitmodules', 'submodule.library.url', '../nowhere');
  await origin.commit({});
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SUBMODULE');
  expect(await packed()).toBe(1);
});

test('the clone of a submodule that was taken out is deleted, and the others stay', async () => {
  const { root, origin, library, sync, cloneOf } = await setUp();
  await library.git('rm', '--quiet', 'nested');
  await library.commit({});
  await origin.git('-C', 'library', 'pull', '--quiet', '--no-recurse-submodules');
  await origin.commit({});
  await sync.syncNow();
  expect(existsSync(cloneOf('inner'))).toBe(false);
  expect(existsSync(cloneOf('library'))).toBe(true);
  await origin.git('rm', '--quiet', '-f', 'library');
  await origin.commit({});
  await sync.syncNow();
  expect(await readdir(join(root, 'modules'))).toEqual([]);
});

/** Publishes what the hash names, by its first letters, in a git-sync of its own. */
async function pin(root: string, origin: Origin, hash: string): Promise<string> {
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `file://${origin.path}`,
    GIT_SYNC_BRANCH: hash,
  });
  const result = told(await sync.first);
  await sync.stop();
  return result;
}

test.each([
  ['rel', 'rel/1'],
  ['rel/1', 'rel'],
])('a branch %s that became %s is in the way of no short hash', async (before, after) => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const root = join(directory, 'code');
  const one = await origin.commit({ a: '1' });
  await origin.git('branch', before);
  await origin.git('tag', `v/${before}`);
  expect(await pin(root, origin, one.slice(0, 9))).toBe(one);
  await origin.git('branch', '-D', before);
  await origin.git('tag', '-d', `v/${before}`);
  await origin.git('branch', after);
  await origin.git('tag', `v/${after}`);
  const two = await origin.commit({ a: '2' });
  expect(await pin(root, origin, two.slice(0, 9))).toBe(two);
});

test('a short hash of an old commit is found, though the clone had the newest one alone', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const root = join(directory, 'code');
  const one = await origin.commit({ a: '1' });
  await origin.commit({ a: '2' });
  const three = await origin.commit({ a: '3' });
  expect(await pin(root, origin, 'main')).toBe(three);
  expect(await pin(root, origin, one.slice(0, 9))).toBe(one);
});
