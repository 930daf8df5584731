import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from '../src/make-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-directory-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('makes what is missing above, too, and several may do so at once', async () => {
  const path = join(directory, 'one/two/three');
  await Promise.all(Array.from({ length: 8 }, () => makeDirectory(path, 0o700)));
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(join(directory, 'one')).mode & 0o777).toBe(0o700);
});

it('leaves one that is there as it is', async () => {
  await makeDirectory(directory, 0o777);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

it.each(['file', 'file/below'])('cannot where a file is in the way: %s', async (path) => {
  writeFileSync(join(directory, 'file'), '');
  await expect(makeDirectory(join(directory, path))).rejects.toMatchObject({ code: 'EEXIST' });
});

it.runIf(existsSync('/proc/self'))('gives up where the system makes none', async () => {
  const made = makeDirectory('/proc/gitcron/below');
  await expect(made).rejects.toMatchObject({ code: 'ENOENT' });
});
