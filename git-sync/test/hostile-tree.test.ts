import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin, DEVELOPER_ENVIRONMENT } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

/** A sync that has published a good commit, and a way to push trees that no work tree could hold. */
async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const good = await origin.commit({ a: '1' });
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(good);
  const mktree = (lines: readonly string[]) => {
    const options = { cwd: origin.path, env: DEVELOPER_ENVIRONMENT, encoding: 'utf8' } as const;
    return execFileSync('git', ['mktree'], { ...options, input: lines.join('\n') }).trim();
  };
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
function pile({ mktree }: Parts, first: string, levels: number): string {
  let tree = first;
  for (let level = 0; level < levels; level += 1) {
    tree = mktree(Array.from({ length: 10 }, (_, index) => `040000 tree ${tree}\t${index}`));
  }
  return tree;
}

test.each([
  ['files', (parts: Parts) => pile(parts, parts.mktree([`100644 blob ${parts.blob}\tf`]), 6)],
  ['directories', (parts: Parts) => pile(parts, parts.mktree([]), 12)],
])('a few objects that are millions of %s are refused before they take memory', async (_, make) => {
  const parts = await setUp();
  const before = process.memoryUsage.rss();
  expect(await parts.push(make(parts))).toBe('GITCRON_E_TREE_TOO_LARGE');
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  expect(await parts.sync.current()).toBe(parts.good);
  expect(await readdir(join(parts.sync.root, 'building'))).toEqual([]);
});

test.each(['..', '.git', '.GIT'])('a path git refuses (%s) is said to be one', async (name) => {
  const { sync, mktree, blob, push, good } = await setUp();
  const inner = mktree([`100644 blob ${blob}\tf`]);
  expect(await push(mktree([`040000 tree ${inner}\t${name}`]))).toBe('GITCRON_E_TREE_REFUSED');
  expect(await sync.current()).toBe(good);
  expect(sync.lines.map(({ msg }) => msg).join()).not.toContain('damaged');
});
