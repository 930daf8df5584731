import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { writePin } from '../../src/release/pin.ts';
import { listReleases } from '../../src/release/release.ts';
import { CodeVolume } from './support/code-volume.ts';
import { follow, until, type FollowingOptions } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

async function stage(change: FollowingOptions['change'] = {}) {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  for (const name of ['old', 'new']) await registry.publish(name);
  const code = new CodeVolume(join(root, 'code'));
  const start = () =>
    follow({ source: code.directory, state: join(root, 'state'), registry, change });
  return { code, registry, start };
}

describe('which releases are kept', () => {
  it('deletes the oldest, with the dependencies that nobody needs any more', async () => {
    const inUse = new Set<string>();
    const { code, start } = await stage({ keep: 2, revisionsInUse: () => inUse });
    const { volume, untilCurrent } = await start();
    const kept = async () => (await listReleases(volume)).map(({ name }) => name.revision);
    const hashes: string[] = [];
    for (const name of ['old', 'new', 'new', 'new']) {
      const revision = await code.push({ 'package.json': manifestFor(name) });
      hashes.push(revision);
      // A run that began in the first release is still at work.
      if (hashes.length === 1) inUse.add(revision);
      await untilCurrent(revision);
    }
    const [first = '', , third = '', fourth = ''] = hashes;
    await until(async () => (await kept()).length === 3);
    expect(await kept()).toEqual([fourth, third, first]);
    expect(await readdir(volume.dependencies)).toHaveLength(2);

    inUse.clear();
    const fifth = await code.push({ 'package.json': manifestFor('new') });
    await untilCurrent(fifth);
    await until(async () => (await kept()).length === 2);
    expect(await kept()).toEqual([fifth, fourth]);
    await until(async () => (await readdir(volume.dependencies)).length === 1);
  });
});

describe('a rollback', () => {
  it('installs nothing, holds over a restart, and ends with the next new revision', async () => {
    const { code, start } = await stage();
    const first = await code.push({ 'package.json': manifestFor('old') });
    let following = await start();
    await following.untilCurrent(first);
    const second = await code.push({ 'package.json': manifestFor('new') });
    await following.untilCurrent(second);

    await writePin(following.volume, { release: first, until: second });
    await following.untilCurrent(first);
    expect(following.events('dependencies_installed')).toHaveLength(2);
    expect(following.events('release_activated').at(-1)?.reason).toBe('rollback');

    await following.stop();
    following = await start();
    expect(following.follower.current?.name.revision).toBe(first);
    const third = await code.push({ 'package.json': manifestFor('new') });
    await following.untilCurrent(third);
    expect(following.activated.map(({ revision }) => revision)).toEqual([first, third]);
    expect(await readdir(following.volume.root)).not.toContain('pin.json');
  });

  it('works while the supervisor is down', async () => {
    const { code, start } = await stage();
    const first = await code.push({});
    let following = await start();
    await following.untilCurrent(first);
    const second = await code.push({ 'a.js': '' });
    await following.untilCurrent(second);
    await following.stop();
    await writePin(following.volume, { release: first, until: second });
    following = await start();
    await following.untilCurrent(first);
    // Without its pin, what the source shows is taken again.
    await rm(following.volume.pin);
    await following.untilCurrent(second);
    expect(following.events('dependencies_installed')).toEqual([]);
  });

  it('to a release that is gone is dropped with a sentence', async () => {
    const { code, start } = await stage();
    const first = await code.push({});
    const { volume, untilCurrent, log, follower } = await start();
    await untilCurrent(first);
    await writePin(volume, { release: 'f'.repeat(40), until: first });
    await until(() => log.join('').includes('GITCRON_E_NO_RELEASE'));
    await until(async () => !(await readdir(volume.root)).includes('pin.json'));
    expect(follower.current?.name.revision).toBe(first);
  });
});

describe('a damaged state volume', () => {
  it('makes a release anew whose description or dependencies are gone', async () => {
    const { code, start } = await stage();
    const revision = await code.push({ 'package.json': manifestFor('old') });
    let following = await start();
    await following.untilCurrent(revision);
    await following.stop();
    const { volume } = following;
    await writeFile(join(volume.releases, `${revision}.json`), '{"half":');
    following = await start();
    await following.untilCurrent(revision);
    await following.stop();

    await rm(volume.dependencies, { recursive: true });
    following = await start();
    const { events } = following;
    await until(() => events('release_activated').length === 2);
    expect(events('dependencies_installed')).toHaveLength(1);
    expect(await readdir(join(volume.current, 'node_modules'))).toContain('old');
  });

  it('makes a release anew after PACKAGE_FILE has changed', async () => {
    const { code, registry, start } = await stage();
    const revision = await code.push({ 'jobs/package.json': manifestFor('old') });
    const before = await start();
    await before.untilCurrent(revision);
    await before.stop();
    const { events, volume } = await follow({
      source: code.directory,
      state: before.volume.root,
      registry,
      change: { packageFile: 'jobs/package.json' },
    });
    await until(() => events('release_activated').length === 2);
    expect(await readdir(join(volume.current, 'jobs/node_modules'))).toContain('old');
  });
});
