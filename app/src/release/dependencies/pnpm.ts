import { basename, dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager } from './dependency-manager.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { nodePlatform } from './node-platform.ts';
import { diagnoseCode, inOneLine } from './diagnose-code.ts';

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
      .map((line) => recordIn(line)?.err ?? null)
      .findLast((found) => found !== null);
    if (!error) return { kind: 'uncertain', summary: null };
    return diagnoseCode(error.code, inOneLine(error.message, 1));
  },

  wordsOf: (output) => output.split('\n').flatMap(wordsOfLine).join('\n'),
};

/**
 * A line of pnpm's ndjson reporter. Besides progress there are `{"level":"error","hint":…,
 * "err":{"code":…,"message":…}}`, warnings with a message, and what the scripts of packages print.
 */
const pnpmRecord = z.object({
  level: z.string(),
  message: z.string().optional(),
  line: z.string().optional(),
  hint: z.string().optional(),
  // Without a code when a program that pnpm started has failed, such as git.
  err: z
    .object({ code: z.string().nullable().default(null), message: z.string().default('') })
    .optional(),
});

/** Null for a line of another kind, or one that was cut short. */
function recordIn(line: string): z.output<typeof pnpmRecord> | null {
  if (!line.startsWith('{')) return null;
  try {
    return pnpmRecord.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function wordsOfLine(text: string): string[] {
  const record = recordIn(text);
  if (record === null) return [text];
  const { level, message, line, hint, err } = record;
  if (err !== undefined)
    return [err.code === null ? err.message : `${err.code}: ${err.message}`, hint ?? ''];
  if (line !== undefined) return [line];
  return level === 'warn' && message !== undefined ? [`Warning: ${message}`] : [];
}
