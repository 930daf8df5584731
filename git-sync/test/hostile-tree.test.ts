import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

/** A sync that has published a good commit, and a way to push trees that no work tree could hold. */
async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const good = await origin.commit({ a: '1' });
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(good);
  const mktree = (lines: readonly string[]) => origin.gitReads(lines.join('\n'), 'mktree');
  return {
    origin,
    good,
    sync,
    mktree,
    blob: await origin.git('rev-parse', 'HEAD:a'),
    /** Makes the tree the branch's newest commit and looks. */
    push: async (tree: string) => {
      const commit = await origin.git('commit-tree', '-m', 'Hostile', tree);
      await origin.git('update-ref', 'refs/heads/main', commit);
      return told(await sync.syncNow());
    },
  };
}

type Parts = Awaited<ReturnType<typeof setUp>>;

/** A tree with ten of the tree before it in it, and so on: 10^levels of the first. */
async function pile({ mktree }: Parts, first: string, levels: number): Promise<string> {
  let tree = first;
  for (let level = 0; level < levels; level += 1) {
    tree = await mktree(Array.from({ length: 10 }, (_, index) => `040000 tree ${tree}\t${index}`));
  }
  return tree;
}

test.each([
  [
    'files',
    async (parts: Parts) => pile(parts, await parts.mktree([`100644 blob ${parts.blob}\tf`]), 6),
  ],
  ['directories', async (parts: Parts) => pile(parts, await parts.mktree([]), 12)],
])('a few objects that are millions of %s are refused before they take memory', async (_, make) => {
  const parts = await setUp();
  const before = process.memoryUsage.rss();
  expect(await parts.push(await make(parts))).toBe('GITCRON_E_TREE_TOO_LARGE');
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  expect(await parts.sync.current()).toBe(parts.good);
  expect(await readdir(join(parts.sync.root, 'building'))).toEqual([]);
});

test.each(['..', '.git', '.GIT'])('a path git refuses (%s) is said to be one', async (name) => {
  const { sync, mktree, blob, push, good } = await setUp();
  const inner = await mktree([`100644 blob ${blob}\tf`]);
  expect(await push(await mktree([`040000 tree ${inner}\t${name}`]))).toBe(
    'GITCRON_E_TREE_REFUSED',
  );
  expect(await sync.current()).toBe(good);
  expect(sync.lines.map(({ msg }) => msg).join()).not.toContain('damaged');
});
