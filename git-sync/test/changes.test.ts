import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin } from './support/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { makeWorkspace } from './support/workspace.ts';

async function setUp(environment: Readonly<Record<string, string>> = {}) {
  const directory = await makeWorkspace();
  const origin = await createOrigin(join(directory, 'origin'));
  const root = join(directory, 'code');
  const first = await origin.commit({ a: '1', b: '1', 'c/d': '1' }, 'First');
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: `file://${origin.path}`,
    ...environment,
  });
  expect(told(await sync.first)).toBe(first);
  const fileOf = (hash: string) => join(root, 'revisions', `${hash}.changes.json`);
  const changesOf = async (hash: string): Promise<unknown> =>
    JSON.parse(await readFile(fileOf(hash), 'utf8'));
  return { origin, root, first, sync, fileOf, changesOf };
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
    expect(await readdir(join(sync.root, 'building'))).toEqual([]);
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
  await expect.poll(() => existsSync(fileOf(second)), { timeout: 10_000 }).toBe(false);
});
