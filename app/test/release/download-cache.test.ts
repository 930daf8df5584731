import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CodeVolume } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

it("empties a manager's downloads when they are more than the limit, and nothing else", async () => {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  for (const name of ['one', 'two', 'three']) await registry.publish(name);
  const code = new CodeVolume(join(root, 'code'));
  const directory = join(root, 'cache');
  const { untilCurrent } = await follow({
    source: code.directory,
    state: join(root, 'state'),
    registry,
    install: { cache: { directory, limitMib: 1 } },
  });

  // The directory is not there yet.
  await untilCurrent(await code.push({ 'package.json': manifestFor('one') }));
  await mkdir(join(directory, 'pip'));
  await writeFile(join(directory, 'pip/large'), Buffer.alloc(2 << 20));
  await writeFile(join(directory, 'npm/small'), Buffer.alloc(1000));
  await untilCurrent(await code.push({ 'package.json': manifestFor('two') }));
  expect(await readdir(join(directory, 'npm'))).toContain('small');

  await writeFile(join(directory, 'npm/large'), Buffer.alloc(2 << 20));
  await untilCurrent(await code.push({ 'package.json': manifestFor('three') }));
  // npm has made it anew.
  expect(await readdir(join(directory, 'npm'))).toEqual(expect.arrayContaining(['_cacache']));
  expect(await readdir(join(directory, 'npm'))).not.toContain('small');
  expect(await readdir(join(directory, 'pip'))).toEqual(['large']);
});
