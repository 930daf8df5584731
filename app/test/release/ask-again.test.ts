import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { CodeVolume } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

it('what was rejected for good is tried again when somebody asks, and only then', async () => {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  const code = new CodeVolume(join(root, 'code'));
  const revision = await code.push({ 'package.json': manifestFor('late') });
  const { follower, events, untilCurrent } = await follow({
    source: code.directory,
    state: join(root, 'state'),
    registry,
    change: {
      backOff: {
        transient: { firstMs: 50, longestMs: 200 },
        uncertain: { tries: 1, firstMs: 50 },
      },
    },
  });
  await vi.waitFor(() => expect(follower.rejected?.nextTryAt).toBe(null), { timeout: 60_000 });
  await registry.publish('late');
  follower.look();
  expect(events('revision_noticed')).toHaveLength(1);

  expect(follower.tryAgain()).toBe(true);
  await untilCurrent(revision);
  expect(follower.rejected).toBe(null);
  expect(follower.tryAgain()).toBe(false);
});
