import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { swapLink } from '../../src/release/swap-link.ts';

it('takes the place of a link, and of the tree that a copied volume has there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-link-'));
  try {
    const link = join(directory, 'current');
    await swapLink(link, join(directory, 'one'));
    expect(await readlink(link)).toBe('one');
    await rm(link);
    await mkdir(link);
    await writeFile(join(link, 'file'), 'of the tree');
    await swapLink(link, join(directory, 'two'));
    expect(await readlink(link)).toBe('two');
  } finally {
    await rm(directory, { recursive: true });
  }
});
