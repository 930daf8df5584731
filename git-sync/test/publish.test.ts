import { lstat, mkdir, readFile, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

async function setUp(): Promise<{ directory: string; root: string; origin: Origin }> {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  return { directory, root: join(directory, 'code'), origin };
}

test('publishes the branch, then what is pushed to it', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ 'app/a.txt': 'one' }, 'First');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(one);
  expect(await sync.read('app/a.txt')).toBe('one');

  const two = await origin.commit({ 'app/a.txt': 'two' }, 'Second');
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('app/a.txt')).toBe('two');
  expect(told(await sync.syncNow())).toBe('none');

  expect(await readlink(join(root, 'current'))).toBe(`revisions/${two}`);
  expect(await readFile(join(root, 'revisions', one, 'app/a.txt'), 'utf8')).toBe('one');
  expect(sync.published.map(({ subject, author }) => `${subject} by ${author}`)).toEqual([
    'First by Ann Lee',
    'Second by Ann Lee',
  ]);
});

test('says what is published in status.json and beside the tree', async () => {
  const { root, origin } = await setUp();
  const hash = await origin.commit({ a: '1' }, 'Say it');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  const expected = { hash, subject: 'Say it', author: 'Ann Lee', authorEmail: 'ann@example.test' };
  expect(JSON.parse(await readFile(join(root, 'status.json'), 'utf8'))).toMatchObject({
    version: '0.1.0',
    state: 'ok',
    repository: origin.path,
    ref: 'main',
    current: expected,
    failures: 0,
    error: null,
  });
  expect(JSON.parse(await readFile(join(root, 'revisions', `${hash}.json`), 'utf8'))).toMatchObject(
    expected,
  );
});

test('the tree is read-only, has no .git, and nothing half-made is left', async () => {
  const { root, origin } = await setUp();
  const hash = await origin.commit({ 'a/b/c': 'x', 'run.sh': { script: '#!/bin/sh\n' } });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  const tree = join(root, 'revisions', hash);
  const mode = async (path: string) => ((await lstat(join(tree, path))).mode & 0o777).toString(8);
  expect(await mode('.')).toBe('555');
  expect(await mode('a/b')).toBe('555');
  expect(await mode('a/b/c')).toBe('444');
  expect(await mode('run.sh')).toBe('555');
  expect((await readdir(tree)).toSorted()).toEqual(['a', 'run.sh']);
  expect(await readdir(join(root, 'building'))).toEqual([]);
});

test('shares unchanged files with the revision before, and only those', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ same: 'same', changes: 'one', mode: 'm', 'old/gone': 'x' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  const two = await origin.commit({ changes: 'two', mode: { script: 'm' }, old: 'a file now' });
  await sync.syncNow();
  const inode = async (hash: string, path: string) =>
    (await stat(join(root, 'revisions', hash, path))).ino;
  expect(await inode(two, 'same')).toBe(await inode(one, 'same'));
  expect(await inode(two, 'changes')).not.toBe(await inode(one, 'changes'));
  expect((await stat(join(root, 'revisions', two, 'mode'))).mode & 0o777).toBe(0o555);
  expect((await stat(join(root, 'revisions', one, 'mode'))).mode & 0o777).toBe(0o444);
  expect(await sync.read('old')).toBe('a file now');
});

test('a change of .gitattributes writes again what it changes', async () => {
  const { root, origin } = await setUp();
  await origin.commit({ 'a.txt': 'line\n' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  await origin.commit({ '.gitattributes': '*.txt text eol=crlf\n' });
  await sync.syncNow();
  expect(await sync.read('a.txt')).toBe('line\r\n');
});

test('keeps names with spaces, newlines and bytes that are not UTF-8', async () => {
  const { root, origin } = await setUp();
  const hash = await origin.commit({ 'with space': '1', 'with\nnewline/x': '2', ünï: '3' });
  // A name that JavaScript strings cannot hold is committed by git's own plumbing.
  const blob = await origin.git('rev-parse', 'HEAD:with space');
  const entry = Buffer.concat([
    Buffer.from(`100644 blob ${blob}\t`),
    Buffer.from([0x66, 0xff, 0xfe]),
    Buffer.of(0),
  ]);
  const tree = await origin.gitReads(entry, 'mktree', '-z');
  const two = await origin.git('commit-tree', '-p', hash, '-m', 'Bytes', tree);

  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  expect(await sync.read('with\nnewline/x')).toBe('2');
  expect(await sync.read('with space')).toBe('1');
  expect(await sync.read('ünï')).toBe('3');

  await origin.git('update-ref', 'refs/heads/main', two);
  expect(told(await sync.syncNow())).toBe(two);
  const names = await readdir(join(root, 'current'), { encoding: 'buffer' });
  expect(names.map((name) => name.toString('hex'))).toEqual(['66fffe']);
});

test('keeps a symbolic link that points out of the tree, and never follows it', async () => {
  const { directory, root, origin } = await setUp();
  const outside = join(directory, 'outside');
  await createOrigin(outside);
  const before = (await stat(outside)).mode;
  await origin.commit({ out: { link: outside }, passwd: { link: '/etc/passwd' }, dir: 'x' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  expect(await readlink(join(root, 'current/out'))).toBe(outside);
  // A directory takes the link's place, and a link the file's.
  await origin.commit({ out: null, 'out/file': 'inside', dir: { link: outside } });
  await sync.syncNow();
  expect(await sync.read('out/file')).toBe('inside');
  expect(await readlink(join(root, 'current/passwd'))).toBe('/etc/passwd');
  expect((await stat(outside)).mode).toBe(before);
  expect((await readdir(outside)).toSorted()).toEqual(['.git']);
});

test('publishes very long paths', async () => {
  const { root, origin } = await setUp();
  const path = `${Array.from({ length: 14 }, (_, index) => `${index}`.repeat(100).slice(0, 200)).join('/')}/end`;
  await origin.commit({ [path]: 'far' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  expect(path.length).toBeGreaterThan(1800);
  expect(await sync.read(path)).toBe('far');
});

test('a force-push and rewritten history are followed, and the way back is the tree of before', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ a: '1' });
  const two = await origin.commit({ a: '2' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(two);
  await origin.git('checkout', '--quiet', '--orphan', 'other');
  const other = await origin.commit({ a: 'rewritten' });
  await origin.git('branch', '--force', 'main', other);
  expect(told(await sync.syncNow())).toBe(other);
  expect(await sync.read('a')).toBe('rewritten');
  await origin.git('branch', '--force', 'main', one);
  expect(told(await sync.syncNow())).toBe(one);
  const inode = (await stat(join(root, 'revisions', two))).ino;
  await origin.git('branch', '--force', 'main', two);
  expect(told(await sync.syncNow())).toBe(two);
  expect((await stat(join(root, 'revisions', two))).ino).toBe(inode);
});

test('a deleted branch is reported, the tree stays, and its return is noticed', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ a: '1' });
  await origin.git('checkout', '--quiet', '-b', 'work');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  await origin.git('branch', '-D', 'main');
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REF_NOT_FOUND');
  expect(await sync.current()).toBe(one);
  const two = await origin.commit({ a: '2' });
  await origin.git('branch', 'main');
  expect(told(await sync.syncNow())).toBe(two);
});

test('follows a tag that moves, annotated or not', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ a: '1' });
  await origin.git('tag', 'v1');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_BRANCH: 'v1' });
  expect(told(await sync.first)).toBe(one);
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe('none');
  await origin.git('tag', '--force', '--annotate', '--message=x', 'v1');
  expect(told(await sync.syncNow())).toBe(two);
});

test('a restart switches the branch, or pins a hash, full or short', async () => {
  const { root, origin } = await setUp();
  const one = await origin.commit({ a: '1' });
  const two = await origin.commit({ a: '2' });
  await origin.git('checkout', '--quiet', '-b', 'release/1.0');
  const three = await origin.commit({ a: '3' });
  const start = async (ref: string) => {
    const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_BRANCH: ref });
    const outcome = told(await sync.first);
    const again = told(await sync.syncNow());
    await sync.stop();
    return [outcome, again];
  };
  expect(await start('main')).toEqual([two, 'none']);
  expect(await start('release/1.0')).toEqual([three, 'none']);
  expect(await start(one)).toEqual([one, 'none']);
  expect(await start(two.slice(0, 8))).toEqual([two, 'none']);
  expect(await start('refs/heads/main')).toEqual(['none', 'none']);
});

test('keeps as many old revisions as it is told to, and the young ones', async () => {
  const { root, origin } = await setUp();
  await origin.commit({ a: '0' });
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: origin.path,
    GIT_SYNC_KEEP: '2',
    GIT_SYNC_KEEP_SEC: '0',
  });
  await sync.first;
  const hashes: string[] = [];
  for (const a of ['1', '2', '3']) {
    hashes.push(await origin.commit({ a }));
    await sync.syncNow();
  }
  const kept = hashes.slice(-2).flatMap((hash) => [hash, `${hash}.json`, `${hash}.changes.json`]);
  const listed = async () => (await readdir(join(root, 'revisions'))).toSorted();
  // What a commit changed is written behind its outcome, and the next push comes first.
  await until(async () => (await listed()).includes(`${hashes[2]}.changes.json`));
  await until(async () => {
    expect(await listed()).toEqual(kept.toSorted());
    return true;
  });
  await sync.stop();

  const patient = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_KEEP: '1' });
  await patient.first;
  await origin.commit({ a: '4' });
  await patient.syncNow();
  await until(async () => {
    expect(await listed()).toHaveLength(9);
    return true;
  });
});

test('an idle look starts one git', async () => {
  const { directory, root, origin } = await setUp();
  await origin.commit({ a: '1' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  const calls = join(directory, 'calls');
  const path = process.env['PATH'] ?? '';
  await mkdir(join(directory, 'bin'));
  const shim = `#!/bin/sh\necho "$1" >> '${calls}'\nPATH='${path}' exec git "$@"\n`;
  await writeFile(join(directory, 'bin', 'git'), shim, { mode: 0o755 });
  vi.stubEnv('PATH', `${directory}/bin:${path}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(told(await sync.syncNow())).toBe('none');
  expect(await readFile(calls, 'utf8')).toBe('show-ref\n');
});

test.each([
  ['1', '1'],
  ['2', '2'],
  ['0', '3'],
])('GIT_SYNC_DEPTH=%s fetches %s of 3 commits', async (depth, commits) => {
  const { root, origin } = await setUp();
  for (const a of ['1', '2', '3']) await origin.commit({ a });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_DEPTH: depth });
  await sync.first;
  const clone = ['--git-dir', join(root, 'clone')];
  expect(await origin.git(...clone, 'rev-list', '--count', '--all')).toBe(commits);
  const four = await origin.commit({ a: '4' });
  expect(told(await sync.syncNow())).toBe(four);
});

test('a commit message cannot write into the log', async () => {
  const { root, origin } = await setUp();
  await origin.commit({ a: '1' }, 'Bad \u001B[2J\u202E subject');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await sync.first;
  expect(sync.published[0]?.subject).toBe('Bad [2J subject');
});
