import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CodeVolume, type Files } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import {
  manifestFor,
  startNpmRegistry,
  type Mood,
  type NpmRegistry,
} from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const SILENCE = /does not answer as it should/;

/** With the hint, which tells what is known to pass from what may. */
const MOODS: readonly [Mood, RegExp][] = [
  ['unavailable', SILENCE],
  ['overrun', SILENCE],
  ['behind a broken gateway', SILENCE],
  ['hanging up', SILENCE],
  ['a page for people', /does not answer as it should|a proxy or log-in page|See its output/],
];

const LOCKS: Readonly<Record<string, (registry: NpmRegistry) => Files>> = {
  'npm without a lockfile': () => ({}),
  pnpm: (registry) => ({
    'pnpm-lock.yaml': `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      good: { specifier: 1.0.0, version: 1.0.0 }
packages:
  good@1.0.0:
    resolution: { integrity: ${integrityOf(registry)} }
snapshots:
  good@1.0.0: {}
`,
  }),
  'yarn 1': (registry) => ({
    'yarn.lock': `good@1.0.0:\n  version "1.0.0"\n  resolved "${registry.url}/good/-/good-1.0.0.tgz"\n  integrity ${integrityOf(registry)}\n`,
  }),
};

function integrityOf(registry: NpmRegistry): string {
  return JSON.parse(registry.lockfile('good')).packages['node_modules/good'].integrity;
}

describe.each(Object.keys(LOCKS))('%s', (name) => {
  it.each(MOODS)('goes on by itself when the registry was %s', async (mood, hint) => {
    const registry = await startNpmRegistry();
    await registry.publish('good');
    const root = await temporaryDirectory();
    const code = new CodeVolume(join(root, 'code'));
    const lock = LOCKS[name]?.(registry);
    const revision = await code.push({ 'package.json': manifestFor('good'), ...lock });
    registry.mood = mood;
    const { untilRejected, untilCurrent, log } = await follow({
      source: code.directory,
      state: join(root, 'state'),
      registry,
      environment: {
        npm_config_store_dir: join(root, 'pnpm-store'),
        npm_config_cache_dir: join(root, 'pnpm-cache'),
        YARN_CACHE_FOLDER: join(root, 'yarn'),
      },
      change: {
        backOff: {
          transient: { firstMs: 50, longestMs: 200 },
          uncertain: { tries: 100, firstMs: 51 },
        },
      },
    });
    expect(await untilRejected(revision)).toMatchObject({ willRetry: true });
    expect(log.join('')).toMatch(hint);
    registry.mood = 'well';
    await untilCurrent(revision);
  });
});
