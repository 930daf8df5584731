import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  noFile,
  NotARegularFile,
  readRegularFile,
  readRegularFileSync,
} from '../src/regular-file.ts';
import { putPipe } from './named-pipe.ts';
import { temporaryDirectory } from './temporary-directory.ts';

it('reads a file, also through a link', async () => {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, 'file'), 'text');
  symlinkSync('file', join(directory, 'link'));
  const path = join(directory, 'link');
  expect((await readRegularFile(path)).toString()).toBe('text');
  expect(readRegularFileSync(path).toString()).toBe('text');
});

it.each([
  ['a pipe', (path: string) => putPipe(path)],
  ['a device without an end', (path: string) => symlinkSync('/dev/zero', path)],
  ['a directory', (path: string) => symlinkSync('.', path)],
  ['a file of five bytes too many', (path: string) => writeFileSync(path, '123456789')],
])('refuses %s at once', async (_, put) => {
  const path = join(await temporaryDirectory(), 'path');
  put(path);
  await expect(readRegularFile(path, 4)).rejects.toThrow(NotARegularFile);
  expect(() => readRegularFileSync(path, 4)).toThrow(NotARegularFile);
  expect(await readRegularFile(path, 4).catch(noFile)).toBe(null);
});

it.each([
  ['nothing', () => {}],
  ['a loop of links', (path: string) => symlinkSync('path', path)],
])('%s is no file', async (_, put) => {
  const path = join(await temporaryDirectory(), 'path');
  put(path);
  expect(await readRegularFile(path).catch(noFile)).toBe(null);
});
