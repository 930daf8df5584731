import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveUrl } from '../src/read-submodules.ts';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

async function setUp() {
  const directory = await temporaryDirectory();
  const inner = await createOrigin(join(directory, 'inner'));
  await inner.commit({ deep: 'deep' });
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ code: 'one' });
  await library.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '../inner', 'nested');
  await library.commit({});
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  await origin.git('submodule', 'add', '../library', 'lib/library');
  const one = await origin.commit({});
  return { directory, root: join(directory, 'code'), inner, library, origin, one };
}

test('publishes submodules with the commit, nested ones too, read-only and without .git', async () => {
  const { root, origin, library, one } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('lib/library/code')).toBe('one');
  expect(await sync.read('lib/library/nested/deep')).toBe('deep');
  const tree = join(root, 'revisions', one, 'lib/library');
  expect((await readdir(tree)).toSorted()).toEqual(['.gitmodules', 'code', 'nested']);
  expect((await stat(tree)).mode & 0o777).toBe(0o555);

  await library.commit({ code: 'two' });
  await origin.git('-C', 'lib/library', 'pull', '--quiet', '--no-recurse-submodules');
  const two = await origin.commit({});
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('lib/library/code')).toBe('two');
  expect(await readFile(join(tree, 'code'), 'utf8')).toBe('one');
  const inode = async (hash: string) =>
    (await stat(join(root, 'revisions', hash, 'lib/library/nested/deep'))).ino;
  expect(await inode(two)).toBe(await inode(one));
});

test.each([
  ['direct', 'one', false],
  ['off', null, false],
] as const)('GIT_SYNC_SUBMODULES=%s', async (submodules, code, nested) => {
  const { root, origin } = await setUp();
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: origin.path,
    GIT_SYNC_SUBMODULES: submodules,
  });
  await sync.first;
  expect(await sync.read('lib/library/code').catch(() => null)).toBe(code);
  expect(
    await sync.read('lib/library/nested/deep').then(
      () => true,
      () => false,
    ),
  ).toBe(nested);
});

test('one that cannot be reached is named; the tree before it stays', async () => {
  const { directory, root, origin, one } = await setUp();
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  await origin.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '../inner', 'other');
  await origin.git('config', '--file', '.gitmodules', 'submodule.other.url', '../nowhere');
  const two = await origin.commit({});
  const outcome = await sync.syncNow();
  expect(told(outcome)).toBe('GITCRON_E_SUBMODULE');
  expect(sync.status().error?.message).toContain('“other”');
  expect(await sync.current()).toBe(one);
  expect(await readdir(join(root, 'building'))).toEqual([]);
  await createOrigin(join(directory, 'nowhere')).then((nowhere) =>
    nowhere.git('fetch', '--quiet', join(directory, 'inner'), 'main:main', '--update-head-ok'),
  );
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('other/deep')).toBe('deep');
});

/** As `git add` makes of a clone inside of a clone: a gitlink that nothing explains. */
async function addGitlink(origin: Origin, path: string): Promise<string> {
  const commit = await origin.git('rev-parse', 'HEAD');
  await origin.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  await origin.git('commit', '--quiet', '--message=Gitlink');
  return origin.git('rev-parse', 'HEAD');
}

test('a gitlink without .gitmodules is an empty directory, as git makes it, and a warning', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  const hash = await addGitlink(origin, 'tools/vendored');
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(hash);
  expect(await readdir(join(sync.root, 'current/tools/vendored'))).toEqual([]);
  const { mode } = await stat(join(sync.root, 'current/tools/vendored'));
  expect(mode & 0o777).toBe(0o555);
  const warnings = sync.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  expect(warnings).toEqual([expect.stringContaining('“tools/vendored”')]);
});

test('a gitlink that .gitmodules does not know leaves the others as they are', async () => {
  const { root, origin } = await setUp();
  const hash = await addGitlink(origin, 'unknown');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(hash);
  expect(await sync.read('lib/library/nested/deep')).toBe('deep');
  expect(await readdir(join(root, 'current/unknown'))).toEqual([]);
});

test.each([
  ['nothing in it', '', true],
  ['no URL for the path', '[submodule "lib/library"]\n\tpath = lib/library\n', false],
  ['garbage in it', '[[[', false],
])('a .gitmodules with %s', async (_, content, published) => {
  const { root, origin } = await setUp();
  await origin.git('rm', '--quiet', '--cached', '.gitmodules');
  await writeFile(join(origin.path, '.gitmodules'), content);
  await origin.git('add', '.gitmodules');
  await origin.git('commit', '--quiet', '--message=Modules');
  const hash = await origin.git('rev-parse', 'HEAD');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(published ? hash : 'GITCRON_E_SUBMODULE');
});

test('a repository on the web cannot make git read this machine’s files', async () => {
  const { directory, root, origin } = await setUp();
  await origin.git(
    'config',
    '--file',
    '.gitmodules',
    'submodule.lib/library.url',
    join(directory, 'library'),
  );
  await origin.commit({});
  const server = await startHttpGitServer(directory);
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `${server.origin}/origin` });
  const outcome = await sync.first;
  expect(told(outcome)).toBe('GITCRON_E_SUBMODULE');
});

test('the password is not given to a submodule’s server', async () => {
  const { directory, root, origin } = await setUp();
  const [server, stranger] = [
    await startHttpGitServer(directory),
    await startHttpGitServer(directory),
  ];
  server.password = 'the main password';
  stranger.password = 'the main password';
  const url = `${stranger.origin}/library`;
  await origin.git('config', '--file', '.gitmodules', 'submodule.lib/library.url', url);
  await origin.commit({});
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `${server.origin}/origin`,
    GIT_SYNC_PASSWORD: 'the main password',
  });
  expect(told(await sync.first)).toBe('GITCRON_E_SUBMODULE');
  expect(stranger.requests.length).toBeGreaterThan(0);
  expect(stranger.authorizations.filter((header) => header !== '')).toEqual([]);
});

test.each([
  ['https://host/team/main.git', '../library.git', 'https://host/team/library.git'],
  ['https://host/team/main', '../../other/library', 'https://host/other/library'],
  ['ssh://git@host:22/team/main', '../library', 'ssh://git@host:22/team/library'],
  ['git@host:team/main.git', '../library.git', 'git@host:team/library.git'],
  ['/srv/git/main', './inside', '/srv/git/main/inside'],
  ['https://host/main', 'https://else/where', 'https://else/where'],
  ['https://host/main', '../../../../x', 'https://host/x'],
])('from %s, %s is %s', (parent, url, expected) => {
  expect(resolveUrl(parent, url)).toBe(expected);
});
