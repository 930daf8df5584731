import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { startProgram } from './support/program.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

async function setUp(environment: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const root = join(directory, 'code');
  const first = await origin.commit({ a: '1', b: '1', 'c/d': '1' }, 'First');
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `file://${origin.path}`,
    ...environment,
  });
  expect(told(await sync.first)).toBe(first);
  const fileOf = (hash: string) => join(root, 'revisions', `${hash}.changes.json`);
  /** It comes behind the outcome. */
  const changesOf = async (hash: string): Promise<unknown> => {
    await until(() => existsSync(fileOf(hash)));
    return JSON.parse(await readFile(fileOf(hash), 'utf8'));
  };
  return { directory, origin, root, first, sync, fileOf, changesOf };
}

test.each(['1', '0', '2'])(
  'says what was changed since the revision before, with GIT_SYNC_DEPTH=%s',
  async (depth) => {
    const { origin, first, sync, fileOf, changesOf } = await setUp({ GIT_SYNC_DEPTH: depth });
    expect(existsSync(fileOf(first))).toBe(false);

    const second = await origin.commit({ a: '2', b: null, 'ö x': 'new' }, 'Second');
    expect(told(await sync.syncNow())).toBe(second);
    expect(await changesOf(second)).toEqual({
      from: first,
      added: 1,
      modified: 1,
      deleted: 1,
      files: {
        total: 3,
        items: [
          { path: 'a', change: 'modified' },
          { path: 'b', change: 'deleted' },
          { path: 'ö x', change: 'added' },
        ],
      },
      commits: {
        total: 1,
        items: [
          {
            hash: second,
            subject: 'Second',
            author: 'Ann Lee',
            committedAt: expect.stringMatching(/^\d{4}-/),
          },
        ],
      },
    });

    const third = await origin.commit({ a: '3' }, 'Third');
    const fourth = await origin.commit({ b: 'back' }, 'Fourth');
    const fifth = await origin.commit({ b: null }, 'Fifth');
    expect(told(await sync.syncNow())).toBe(fifth);
    expect(await changesOf(fifth)).toMatchObject({
      from: second,
      files: { total: 1, items: [{ path: 'a', change: 'modified' }] },
      commits: { total: 3, items: [{ hash: fifth }, { hash: fourth }, { hash: third }] },
    });
    // Nothing of the search for history is left.
    await until(async () => (await readdir(join(sync.root, 'building'))).length === 0);
    expect(existsSync(join(sync.root, 'clone/shallow'))).toBe(depth !== '0');
  },
);

test('a branch that was rewritten tells its files; which commits are new is not known', async () => {
  const { origin, sync, first, changesOf } = await setUp();
  const second = await origin.commit({ a: '2' }, 'Second');
  expect(told(await sync.syncNow())).toBe(second);
  await origin.git('reset', '--quiet', '--hard', first);
  const other = await origin.commit({ a: 'other' }, 'Another second');
  expect(told(await sync.syncNow())).toBe(other);
  expect(await changesOf(other)).toMatchObject({
    from: second,
    modified: 1,
    files: { total: 1 },
    commits: null,
  });
});

test('of many files the first are named and all are counted; the file goes with its revision', async () => {
  const { origin, sync, fileOf, changesOf } = await setUp({
    GIT_SYNC_KEEP: '1',
    GIT_SYNC_KEEP_SEC: '0',
  });
  const many = Object.fromEntries(Array.from({ length: 1200 }, (_, n) => [`many/${n}`, 'x']));
  const second = await origin.commit(many, 'Many');
  expect(told(await sync.syncNow())).toBe(second);
  const changes = await changesOf(second);
  expect(changes).toMatchObject({ added: 1200, files: { total: 1200 } });
  expect(changes).toHaveProperty('files.items.length', 1000);
  await origin.commit({ a: '3' });
  await sync.syncNow();
  await until(() => !existsSync(fileOf(second)));
});

/** A server that has not got the history at hand when it is asked for. */
async function setUpSlow() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const first = await origin.commit({ a: '1' }, 'First');
  const server = await startHttpGitServer(directory);
  const root = join(directory, 'code');
  const settings = { GIT_SYNC_REPO: `${server.origin}/origin`, GIT_SYNC_ROOT: root };
  const fileOf = (hash: string) => join(root, 'revisions', `${hash}.changes.json`);
  const commits = async (text: string) => {
    await origin.commit({ a: `nearly ${text}` });
    return origin.commit({ a: text });
  };
  return { origin, first, server, root, settings, fileOf, commits };
}

test('no outcome, no other push and no shutdown waits for it, and it is written later', async () => {
  const { first, server, root, settings, fileOf, commits } = await setUpSlow();
  const sync = await startTestSync(root, settings);
  expect(told(await sync.first)).toBe(first);
  server.mode = 'hang history';
  let hung = server.hung();
  const second = await commits('2');
  expect(told(await sync.syncNow())).toBe(second);
  await hung;
  hung = server.hung();
  const third = await commits('3');
  const startedAt = performance.now();
  expect(told(await sync.syncNow())).toBe(third);
  await hung;
  await sync.stop();
  // Each of them would have waited for ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  expect([second, third].filter((hash) => existsSync(fileOf(hash)))).toEqual([]);
  expect(await readdir(join(root, 'building'))).toEqual([]);

  server.mode = 'work';
  const restarted = await startTestSync(root, settings);
  expect(told(await restarted.first)).toBe('none');
  for (const [hash, from] of [
    [second, first],
    [third, second],
  ] as const) {
    await until(() => existsSync(fileOf(hash)));
    const changes: unknown = JSON.parse(await readFile(fileOf(hash), 'utf8'));
    expect(changes).toMatchObject({ from, modified: 1, commits: { total: 2 } });
  }
  expect(existsSync(fileOf(first))).toBe(false);
});

test('polls that come more often than an answer let it finish', async () => {
  const { first, server, settings, fileOf, commits } = await setUpSlow();
  const program = startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
  await program.says(first.slice(0, 7));
  server.mode = 'hang history';
  const hung = server.hung();
  const second = await commits('2');
  await hung;
  await program.says(second.slice(0, 7));
  // Given up after ten seconds: the files are told and the commits are not known.
  await until(() => existsSync(fileOf(second)));
  expect(JSON.parse(await readFile(fileOf(second), 'utf8'))).toMatchObject({
    from: first,
    modified: 1,
    commits: null,
  });
});

test('who looks once ends when it is written', async () => {
  const { first, root, settings, fileOf, commits } = await setUpSlow();
  const once = { ...settings, GIT_SYNC_ONCE: 'true' };
  expect(await startProgram(once).ended).toBe(0);
  const second = await commits('2');
  expect(await startProgram(once).ended).toBe(0);
  expect(JSON.parse(await readFile(fileOf(second), 'utf8'))).toMatchObject({
    from: first,
    commits: { total: 2 },
  });
  expect(await readdir(join(root, 'building'))).toEqual([]);
});

test('what was said of a commit holds when the branch goes back to it', async () => {
  const { origin, first, sync, changesOf } = await setUp();
  const second = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(second);
  await changesOf(second);
  const third = await origin.commit({ a: '3' });
  expect(told(await sync.syncNow())).toBe(third);
  await changesOf(third);
  await origin.git('reset', '--quiet', '--hard', second);
  expect(told(await sync.syncNow())).toBe(second);
  const fourth = await origin.commit({ a: '4' });
  expect(told(await sync.syncNow())).toBe(fourth);
  expect(await changesOf(fourth)).toMatchObject({ from: second });
  expect(await changesOf(second)).toMatchObject({ from: first });
});
