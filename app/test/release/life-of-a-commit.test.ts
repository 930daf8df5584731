import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { CodeVolume, CRONTAB } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

async function stage() {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  await registry.publish('left');
  await registry.publish('right');
  const code = new CodeVolume(join(root, 'code'));
  const dependingOn = (...names: string[]) => ({
    'package.json': manifestFor(...names),
    'package-lock.json': registry.lockfile(...names),
  });
  const start = () => follow({ source: code.directory, state: join(root, 'state'), registry });
  return { registry, code, dependingOn, start };
}

describe('the life of a commit', () => {
  it('installs when the manifest changes, and at no other time', async () => {
    const { code, dependingOn, start, registry } = await stage();
    const first = await code.push({ ...dependingOn('left'), 'a.js': 'require("left")' }, 'First');
    let following = await start();
    await following.untilCurrent(first);
    expect(following.events('dependencies_installed')).toHaveLength(1);
    const { directory, name } = following.follower.current ?? {};
    expect(name).toMatchObject({ revision: first, subject: 'First', author: 'Ada' });
    await execa('node', ['a.js'], { cwd: directory ?? '' });

    const sameManifest = await code.push({ ...dependingOn('left'), 'a.js': '// changed' });
    await following.untilCurrent(sameManifest);
    expect(following.events('dependencies_installed')).toHaveLength(1);

    const otherManifest = await code.push({ ...dependingOn('left', 'right') });
    await following.untilCurrent(otherManifest);
    expect(following.events('dependencies_installed')).toHaveLength(2);

    registry.mood = 'unavailable';
    const knownManifest = await code.push({ ...dependingOn('left'), 'a.js': '// again' });
    await following.untilCurrent(knownManifest);
    expect(following.events('dependencies_installed')).toHaveLength(2);

    await following.stop();
    following = await start();
    await following.untilCurrent(knownManifest);
    const afterRestart = await code.push({ ...dependingOn('left'), 'a.js': '// once more' });
    await following.untilCurrent(afterRestart);
    expect(following.events('dependencies_installed')).toEqual([]);
    expect(following.events('release_activated').map(({ reason }) => reason)).toEqual([
      'start',
      'new revision',
    ]);
  });

  it('hands on the crontab only when it says something else', async () => {
    const { code, start } = await stage();
    const first = await code.push({});
    let following = await start();
    await following.untilCurrent(first);
    const second = await code.push({ 'a.js': '' });
    await following.untilCurrent(second);
    const third = await code.push({ 'app/crontab.txt': '@hourly echo other\n' });
    await following.untilCurrent(third);
    expect(following.activated).toEqual([
      { revision: first, crontab: CRONTAB },
      { revision: second, crontab: null },
      { revision: third, crontab: '@hourly echo other\n' },
    ]);

    await following.stop();
    following = await start();
    const fourth = await code.push({ 'app/crontab.txt': '@hourly echo other\n' });
    await following.untilCurrent(fourth);
    expect(following.activated).toEqual([
      { revision: third, crontab: '@hourly echo other\n' },
      { revision: fourth, crontab: null },
    ]);
  });

  it('parses a crontab once on its way from the commit to the schedule', async () => {
    const { code, start } = await stage();
    const first = await code.push({});
    const following = await start();
    await following.untilCurrent(first);
    const second = await code.push({ 'app/crontab.txt': '@hourly echo other\n' });
    await following.untilCurrent(second);
    expect(following.parsed).toEqual([CRONTAB, '@hourly echo other\n']);
  });

  it('puts in force what an install has made of the crontab', async () => {
    const { code, start } = await stage();
    const made = '@hourly echo made\n';
    const scripts = { install: 'echo "@hourly echo made" > app/crontab.txt' };
    const manifest = { name: 'scripts', version: '1.0.0', scripts };
    const lockfile = { name: 'scripts', version: '1.0.0', lockfileVersion: 3, packages: {} };
    const revision = await code.push({
      'package.json': JSON.stringify(manifest),
      'package-lock.json': JSON.stringify(lockfile),
    });
    const following = await start();
    await following.untilCurrent(revision);
    expect(following.activated).toEqual([{ revision, crontab: made }]);
    expect(await readFile(following.volume.runtimeCrontab, 'utf8')).toBe(made);
  });

  it('tells what is in force in a form that sha256sum checks', async () => {
    const { code, dependingOn, start } = await stage();
    const revision = await code.push({ ...dependingOn('left'), '.npmrc': 'fund=false\n' });
    const { untilCurrent, volume } = await start();
    await untilCurrent(revision);
    expect(await readlink(volume.current)).toBe(`releases/${revision}`);
    expect(await readFile(volume.runtimeCrontab, 'utf8')).toBe(CRONTAB);
    const check = (file: string) =>
      execa('sha256sum', ['--check', '--strict', file], { cwd: volume.current, lines: true });
    expect((await check(volume.packageHash)).stdout).toEqual([
      'package.json: OK',
      'package-lock.json: OK',
      '.npmrc: OK',
    ]);
    expect((await check(volume.crontabHash)).stdout).toEqual(['app/crontab.txt: OK']);
  });
});
