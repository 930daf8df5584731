import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { writePin } from '../../src/release/pin.ts';
import { CodeVolume } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A state volume of 4 MB, and what fills it. */
async function stage() {
  const root = await temporaryDirectory();
  const state = join(root, 'state');
  await mkdir(state);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'gitcron-test', state]);
  onTestFinished(async () => void (await execa('umount', ['--lazy', state])));
  const registry = await startNpmRegistry();
  await registry.publish('large', { files: { 'data.txt': 'x'.repeat(1_500_000) } });
  const code = new CodeVolume(join(root, 'code'));
  const first = await code.push({});
  const following = await follow({ source: code.directory, state, registry });
  await following.untilCurrent(first);
  const filler = join(state, 'filler');
  return {
    ...following,
    source: code.directory,
    state,
    code,
    first,
    fill: (bytes: number) => writeFile(filler, 'x'.repeat(bytes)),
    makeRoom: () => rm(filler),
  };
}

// A file system that is full takes a mount, and that takes root.
describe.runIf(canMount)('a full disk', () => {
  it('during the copy keeps the current release, says so, and recovers', async () => {
    const { code, first, fill, makeRoom, follower, log, volume, untilRejected, untilCurrent } =
      await stage();
    await fill(3_500_000);
    const revision = await code.push({ 'data.txt': 'x'.repeat(1_000_000) });
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_DISK_FULL',
      willRetry: true,
    });
    expect(follower.current?.name.revision).toBe(first);
    expect(log.join('')).toContain('Make room there, or lower KEEP_RELEASES');
    await makeRoom();
    await untilCurrent(revision);
    const names = await readdir(volume.releases);
    expect(names.filter((name) => name.startsWith('.unfinished-'))).toEqual([]);
  });

  it('during the install keeps the current release, says so, and recovers', async () => {
    const { code, first, fill, makeRoom, follower, log, volume, untilRejected, untilCurrent } =
      await stage();
    await fill(3_000_000);
    const revision = await code.push({ 'package.json': manifestFor('large') });
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_DISK_FULL',
      reason: expect.stringContaining('ENOSPC'),
      willRetry: true,
    });
    expect(follower.current?.name.revision).toBe(first);
    expect(log.join('')).toContain('The disk is full');
    await makeRoom();
    await untilCurrent(revision);
    const sets = await readdir(volume.dependencies);
    expect(sets.filter((name) => name.startsWith('.unfinished-'))).toEqual([]);
  });

  it('at a start and at a rollback runs the current release, says so, and recovers', async () => {
    const { code, first, source, state, stop, untilCurrent, volume, makeRoom } = await stage();
    const second = await code.push({});
    await untilCurrent(second);
    await stop();
    await writePin(volume, { release: first, until: second });
    const { bavail, bsize } = await statfs(state);
    await writeFile(join(state, 'filler'), Buffer.alloc(bavail * bsize));
    const { follower, log } = await follow({ source, state });
    expect(follower.current?.name.revision).toBe(second);
    await until(() => log.join('').includes('Cannot find out what to run'));
    const told = log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40);
    expect(new Set(told.map((line) => line.code))).toEqual(new Set(['GITCRON_E_DISK_FULL']));
    await makeRoom();
    follower.look();
    await until(() => follower.current?.name.revision === first);
  });
});
