import { readFile, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin } from './support/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { makeWorkspace } from './support/workspace.ts';

const FILES = Array.from({ length: 20 }, (_, index) => `d${index % 4}/f${index}`);

/** Resolves the link once, reads every file, and returns the commits it saw. */
async function readTree(root: string): Promise<Set<string>> {
  const tree = await realpath(join(root, 'current'));
  const contents = await Promise.all(FILES.map((path) => readFile(join(tree, path), 'utf8')));
  return new Set(contents);
}

test(
  'readers see no torn, mixed or vanishing tree during 100 pushes',
  { timeout: 120_000 },
  async () => {
    const directory = await makeWorkspace();
    const origin = await createOrigin(join(directory, 'origin'));
    const push = (content: string) =>
      origin.commit(Object.fromEntries(FILES.map((path) => [path, content])));
    await push('0');
    const root = join(directory, 'code');
    const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, GIT_SYNC_KEEP: '3' });
    await sync.first;

    let pushing = true;
    let trees = 0;
    const seen = new Set<string>();
    const reader = async () => {
      while (pushing) {
        const contents = await readTree(root);
        expect([...contents]).toHaveLength(1);
        for (const content of contents) seen.add(content);
        trees += 1;
      }
    };
    const readers = Promise.all([reader(), reader(), reader(), reader()]);
    for (let number = 1; number <= 100; number += 1) {
      const hash = await push(`${number}`);
      expect(told(await sync.syncNow())).toBe(hash);
    }
    pushing = false;
    await readers;
    expect(await readTree(root)).toEqual(new Set(['100']));
    expect(trees).toBeGreaterThan(200);
    expect(seen.size).toBeGreaterThan(50);
    expect(await readdir(join(root, 'building'))).toEqual([]);
  },
);
