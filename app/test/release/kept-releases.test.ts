import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readPin, writePin } from '../../src/release/pin.ts';
import { listReleases, predecessorOf, readRelease } from '../../src/release/release.ts';
import { CodeVolume } from './support/code-volume.ts';
import { follow, type FollowingOptions } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

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
  it('goes to the one before, also when that was made by a clock that was ahead', async () => {
    let aheadMs = 0;
    const { code, start } = await stage({ now: () => Date.now() + aheadMs });
    const { volume, untilCurrent } = await start();
    const revisions: string[] = [];
    for (const days of [0, 366, 365, 0]) {
      aheadMs = days * 24 * 3_600_000;
      const revision = await code.push({ 'a.js': `// ${revisions.length}` });
      await untilCurrent(revision);
      revisions.unshift(revision);
    }
    const releases = await listReleases(volume);
    expect(releases.map(({ name }) => name.revision)).toEqual(revisions);
    for (const [place, revision] of revisions.entries()) {
      const before = predecessorOf(revision, releases)?.name.revision;
      expect(before).toBe(revisions[place + 1]);
    }
    for (const { description } of releases) {
      expect(description.activatedAt).toBeLessThanOrEqual(Date.now());
    }
  });

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

  it.each([
    ['damaged', '{"half":'],
    ['lost', null],
  ])('holds when the description of its release is %s', async (_name, text) => {
    const { code, start } = await stage();
    const first = await code.push({ 'package.json': manifestFor('old') }, 'the first');
    let following = await start();
    await following.untilCurrent(first);
    const second = await code.push({ 'package.json': manifestFor('new') });
    await following.untilCurrent(second);
    const { volume } = following;
    const description = join(volume.releases, `${first}.json`);
    const spoil = () => (text === null ? rm(description) : writeFile(description, text));

    // While it is at work, and while it is not.
    await spoil();
    await writePin(volume, { release: first, until: second });
    await following.untilCurrent(first);
    await following.stop();
    await spoil();
    following = await start();
    const { follower, log } = following;
    expect(follower.current?.name).toMatchObject({ revision: first, subject: 'the first' });
    expect(follower.current?.description.binaries).toEqual(['node_modules/.bin']);
    expect(await readdir(join(volume.current, 'node_modules'))).toContain('old');
    expect(await readPin(volume)).toEqual({ release: first, until: second });
    expect(log.join('')).toContain('it is made anew from what is there');
    // What it needs is not deleted with what nobody needs.
    await spoil();
    const third = await code.push({ 'package.json': manifestFor('new'), 'a.js': '' });
    await following.untilCurrent(third);
    const kept = text === null ? { releases: 2, sets: 1 } : { releases: 3, sets: 2 };
    await until(async () => (await listReleases(volume)).length === kept.releases);
    await until(async () => (await readdir(volume.dependencies)).length === kept.sets);
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
  it('goes on with the current release while the source is away, though its description is lost', async () => {
    const { code, start } = await stage();
    const revision = await code.push({ 'package.json': manifestFor('old') });
    let following = await start();
    await following.untilCurrent(revision);
    await following.stop();
    const { volume } = following;
    await rm(join(volume.releases, `${revision}.json`));
    await rename(code.directory, `${code.directory}-away`);
    following = await start();
    expect(following.follower.current?.name.revision).toBe(revision);
    await rename(`${code.directory}-away`, code.directory);
    // What it was made with is not known any more, so it is made again; its set is there.
    await until(() => following.events('release_activated').length === 2);
    expect(following.follower.current?.name.subject).toBe('a commit');
    expect(following.events('dependencies_installed')).toEqual([]);
  });

  it('describes the current release anew where a directory lies in the place of its description', async () => {
    const { code, start } = await stage();
    const revision = await code.push({ 'package.json': manifestFor('old') });
    let following = await start();
    await following.untilCurrent(revision);
    await following.stop();
    const description = join(following.volume.releases, `${revision}.json`);
    await rm(description);
    await mkdir(join(description, 'inside'), { recursive: true });
    following = await start();
    expect(following.follower.current?.name.revision).toBe(revision);
    await until(() => following.events('release_activated').length === 2);
    expect(JSON.parse(await readFile(description, 'utf8'))).toMatchObject({ revision });
  });

  it('learns the subject of a commit as soon as the source has it', async () => {
    const { code, start } = await stage();
    const revision = await code.push({});
    const beside = join(code.directory, 'revisions', `${revision}.json`);
    const text = await readFile(beside);
    await rm(beside);
    const { follower, untilCurrent, volume } = await start();
    await untilCurrent(revision);
    expect(follower.current?.name.subject).toBe('');
    await writeFile(beside, text);
    follower.look();
    await until(() => follower.current?.name.subject === 'a commit');
    expect((await readRelease(volume, revision))?.name.subject).toBe('a commit');
  });

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
