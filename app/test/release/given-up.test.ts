import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { writePin } from '../../src/release/pin.ts';
import { CodeVolume } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { processesWith } from '../../../base/test/processes.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

/** One release is current, and the install of the next one does not end by itself. */
async function inMidInstall() {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  const marker = `${root}/in-mid-install`;
  // It ignores SIGTERM, as does the grandchild that it leaves in the background.
  await registry.publish('endless', {
    manifest: { scripts: { install: 'sh endless.sh' } },
    files: {
      'endless.sh': `trap "" TERM; sh -c 'sleep 600; : ${marker}' & : > ${marker}; wait; wait`,
    },
  });
  const code = new CodeVolume(join(root, 'code'));
  const before = await code.push({});
  const following = await follow({ source: code.directory, state: join(root, 'state'), registry });
  await following.untilCurrent(before);
  const installing = await code.push({ 'package.json': manifestFor('endless') });
  await until(async () => (await readdir(root)).includes('in-mid-install'));
  // It may have been forked and not yet have its own command line.
  await until(() => processesWith(root).length > 0);
  const nothingIsLeft = async () => {
    // What SIGKILL has ended does nothing any more, but may take a moment to be gone.
    await expect.poll(() => processesWith(root), { timeout: 5000 }).toEqual([]);
    expect(await readdir(following.volume.dependencies)).toEqual([]);
  };
  return { ...following, code, before, installing, nothingIsLeft };
}

describe('an install that is not wanted any more', () => {
  it('ends with all its processes when a newer revision comes', async () => {
    const { code, installing, activated, untilCurrent, nothingIsLeft, events, log } =
      await inMidInstall();
    const newer = await code.push({ 'a.js': '' });
    await untilCurrent(newer);
    await nothingIsLeft();
    expect(log.join('')).toContain('is given up: a newer one is there.');
    expect(activated.map(({ revision }) => revision)).not.toContain(installing);
    expect(events('revision_rejected')).toEqual([]);
  });

  it('ends when the source goes back to what is current', async () => {
    const { code, before, installing, activated, log, nothingIsLeft } = await inMidInstall();
    await code.show(before);
    await until(() => log.join('').includes('is given up'));
    await nothingIsLeft();
    expect(activated.map(({ revision }) => revision)).not.toContain(installing);
  });

  it('ends when somebody rolls back to what is current', async () => {
    const { volume, before, installing, follower, log, nothingIsLeft } = await inMidInstall();
    await writePin(volume, { release: before, until: installing });
    await until(() => log.join('').includes('is given up: the current release is to stay'));
    await nothingIsLeft();
    expect(follower.current?.name.revision).toBe(before);
  });

  it('ends with the supervisor', async () => {
    const { stop, nothingIsLeft, events } = await inMidInstall();
    await stop();
    await nothingIsLeft();
    expect(events('revision_rejected')).toEqual([]);
  });
});
