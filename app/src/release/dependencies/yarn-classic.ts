import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { inOneLine } from './diagnose-code.ts';
import { diagnoseNetwork } from './diagnose-network.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { nodePlatform } from './node-platform.ts';
import { refuseOtherVersions } from './yarn-classic-installed.ts';

const LOCKFILE = 'yarn.lock';

/** Its settings: where an offline mirror is, among others. */
const SETTINGS = '.yarnrc';

/** It builds a module by itself where it finds this. */
const BUILD_FILE = 'binding.gyp';

/**
 * Our own copy. npm reads the lockfile as well, but makes one of two versions where both would
 * fit, and does not know `resolutions`.
 */
function yarnProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('yarn/package.json');
  return join(dirname(manifest), 'bin', 'yarn.js');
}

export async function requestYarnClassic(
  release: string,
  directory: string,
  manifest: FileContent,
): Promise<DependencyRequest> {
  const others = await readIfPresent(release, directory, yarnClassic.companions);
  const names = others.map(({ path }) => basename(path));
  return {
    manager: yarnClassic,
    directory,
    files: [manifest, ...others],
    platform: await nodePlatform(),
    needsCode:
      needsCode(parseNodeManifest(manifest)) ||
      [SETTINGS, BUILD_FILE].some((name) => names.includes(name)),
  };
}

/** Yarn 1: all of its versions install the same from a lockfile, so that ours will do. */
export const yarnClassic: DependencyManager = {
  name: 'yarn 1',
  product: 'node_modules',
  binaries: '.bin',
  companions: [LOCKFILE, '.npmrc', SETTINGS, BUILD_FILE],
  platform: nodePlatform,

  steps: () => [
    {
      command: process.execPath,
      args: [
        // It is as old as that.
        '--no-deprecation',
        yarnProgram(),
        'install',
        '--frozen-lockfile',
        '--non-interactive',
        '--json',
      ],
      environment: {
        // Neither another yarn that the settings name, nor a check of packageManager: see there.
        YARN_IGNORE_PATH: '1',
        SKIP_YARN_COREPACK_CHECK: '1',
        DISABLE_V8_COMPILE_CACHE: '1',
      },
    },
  ],

  cacheVariables: (directory) => ({ YARN_CACHE_FOLDER: join(directory, 'yarn-classic') }),

  diagnose({ output }) {
    const errors = recordsIn(output).filter(({ type }) => type === 'error');
    const words = errors
      // Its errors bring their stack.
      .map(({ data }) => inOneLine(data.replaceAll(/^ +at .*$/gm, ''), 1))
      .join(' ');
    const whole = errors.map(({ data }) => data).join('\n');
    return diagnoseNetwork(whole, words === '' ? null : words);
  },

  warningsIn: (output) =>
    recordsIn(output)
      .filter(({ type, data }) => type === 'warning' && !data.endsWith('No license field'))
      .map(({ data }) => data),

  wordsOf: (output) =>
    output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? recordsIn(line).map(({ data }) => data) : [line]))
      .join('\n'),

  async finish({ files }, directory) {
    const lockfile = files.find(({ path }) => basename(path) === LOCKFILE);
    if (lockfile !== undefined) await refuseOtherVersions(lockfile, directory);
  },
};

/** A line of `yarn install --json` that is for people; steps and progress have objects as their data. */
const record = z.object({ type: z.enum(['error', 'warning', 'info']), data: z.string() });

function recordsIn(output: string): z.output<typeof record>[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return record.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}
