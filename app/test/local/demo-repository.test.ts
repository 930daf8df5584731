import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeDemoRepository } from '../../src/local/demo-repository.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../examples/scripts');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-demo-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

it('is a repository of its own also where npm start is called by a git hook', async () => {
  vi.stubEnv('GIT_DIR', join(directory, 'of-the-hook'));
  vi.stubEnv('GIT_INDEX_FILE', join(directory, 'index-of-the-hook'));
  const demo = join(directory, 'demo');
  expect(await makeDemoRepository(demo, EXAMPLES)).toBe(true);
  expect(readdirSync(demo)).toEqual(expect.arrayContaining(['.git', 'app']));
  expect(readdirSync(directory)).toEqual(['demo']);
  expect(await makeDemoRepository(demo, EXAMPLES)).toBe(false);
});

it('says so when there is no git, and leaves nothing behind', async () => {
  vi.stubEnv('PATH', directory);
  const making = makeDemoRepository(join(directory, 'demo'), EXAMPLES);
  await expect(making).rejects.toMatchObject({ code: 'GITCRON_E_GIT_MISSING' });
  expect(readdirSync(directory)).toEqual([]);
});
