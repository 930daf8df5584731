import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { nodePlatform } from './node-platform.ts';
import { diagnoseCode, inOneLine } from './diagnose-code.ts';

const LOCKFILE = 'pnpm-lock.yaml';
const WORKSPACE = 'pnpm-workspace.yaml';

/** Our own copy, so that a server without pnpm installs what a laptop with pnpm locked. */
function pnpmProgram(): string {
  return join(dirname(pnpmManifest()), 'bin', 'pnpm.cjs');
}

/** The one thing that the package exports. */
function pnpmManifest(): string {
  return createRequire(import.meta.url).resolve('pnpm');
}

/** Other than npm it reads one version of lockfile only, and says so. */
export async function pnpmVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(pnpmManifest(), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

export async function requestPnpm(
  release: string,
  directory: string,
  manifest: FileContent,
): Promise<DependencyRequest> {
  const others = await readIfPresent(release, directory, pnpm.companions);
  const hasWorkspace = others.some(({ path }) => basename(path) === WORKSPACE);
  return {
    manager: pnpm,
    directory,
    files: [manifest, ...others],
    platform: await nodePlatform(),
    needsCode: needsCode(parseNodeManifest(manifest)) || hasWorkspace,
  };
}

export const pnpm: DependencyManager = {
  name: 'pnpm',
  product: 'node_modules',
  binaries: '.bin',
  companions: [LOCKFILE, '.npmrc', WORKSPACE, '.pnpmfile.cjs'],
  platform: nodePlatform,

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
        // Whether another manager is asked for is said before; the lockfile is what counts.
        '--config.package-manager-strict=false',
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

  warningsIn: (output) => output.split('\n').flatMap(warningsOfLine),

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
  name: z.string().optional(),
  packageNames: z.array(z.string()).optional(),
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

function warningsOfLine(text: string): string[] {
  const { level, message, name, packageNames = [] } = recordIn(text) ?? {};
  if (name === 'pnpm:ignored-scripts' && packageNames.length > 0) {
    return [
      `Ignored build scripts: ${packageNames.join(', ')}. If a package needs its own, name it in onlyBuiltDependencies (pnpm approve-builds).`,
    ];
  }
  return level === 'warn' && message !== undefined ? [message] : [];
}
