import { basename, dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager } from './dependency-manager.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { nodePlatform } from './node-platform.ts';
import { diagnoseCode } from './diagnose-code.ts';

const LOCKFILE = 'pnpm-lock.yaml';
const WORKSPACE = 'pnpm-workspace.yaml';

/** Our own copy, so that a server without pnpm installs what a laptop with pnpm locked. */
function pnpmProgram(): string {
  // The one thing that the package exports is its manifest.
  const manifest = createRequire(import.meta.url).resolve('pnpm');
  return join(dirname(manifest), 'bin', 'pnpm.cjs');
}

export const pnpm: DependencyManager = {
  name: 'pnpm',
  product: 'node_modules',
  binaries: '.bin',
  companions: [LOCKFILE, '.npmrc', WORKSPACE, '.pnpmfile.cjs'],
  platform: nodePlatform,

  async detect(release, packageFile) {
    if (basename(packageFile) !== 'package.json') return null;
    const directory = dirname(packageFile);
    const [manifest] = await readIfPresent(release, directory, ['package.json']);
    const others = await readIfPresent(release, directory, pnpm.companions);
    const has = (name: string) => others.some(({ path }) => basename(path) === name);
    if (manifest === undefined || !has(LOCKFILE)) return null;
    return {
      manager: pnpm,
      directory,
      files: [manifest, ...others],
      platform: await nodePlatform(),
      needsCode: needsCode(parseNodeManifest(manifest)) || has(WORKSPACE),
    };
  },

  // The virtual store belongs in node_modules and packages are copied there, so that the
  // directory can be moved and outlives the store. The version that a manifest asks for with
  // `packageManager` is not downloaded.
  steps: () => [
    {
      command: process.execPath,
      args: [
        pnpmProgram(),
        'install',
        '--frozen-lockfile',
        '--reporter=ndjson',
        '--package-import-method=copy',
        '--config.extend-node-path=false',
        '--config.manage-package-manager-versions=false',
        '--config.confirm-modules-purge=false',
      ],
    },
  ],

  cacheVariables: (directory) => ({
    npm_config_store_dir: join(directory, 'pnpm-store'),
    npm_config_cache_dir: join(directory, 'pnpm-cache'),
  }),

  diagnose: ({ stdout }) => {
    const error = stdout
      .split('\n')
      .map(pnpmError)
      .findLast((line) => line !== null);
    if (!error) return { kind: 'permanent', summary: null };
    const [firstLine = ''] = error.message.split('\n');
    return diagnoseCode(error.code, firstLine);
  },
};

const errorLine = z.object({
  level: z.literal('error'),
  err: z.object({ code: z.string(), message: z.string().default('') }),
});

/** pnpm's ndjson reporter writes `{"level":"error","err":{"code":…,"message":…}}`. */
function pnpmError(line: string): { code: string; message: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    return errorLine.parse(JSON.parse(line)).err;
  } catch {
    // A line of another kind, or cut short.
    return null;
  }
}
