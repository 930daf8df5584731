import { basename, join } from 'node:path';
import { z } from 'zod';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { nodePlatform } from './node-platform.ts';
import { diagnoseCode, inOneLine } from './diagnose-code.ts';

const LOCKFILES = ['package-lock.json', 'npm-shrinkwrap.json'];

/** npm builds a module by itself where it finds this. */
const BUILD_FILE = 'binding.gyp';

/** Quiet where nobody reads it, and with the error as JSON, so that its code can be read. */
const FLAGS = ['--no-audit', '--no-fund', '--no-update-notifier', '--json'];

export async function requestNpm(
  release: string,
  directory: string,
  manifest: FileContent,
): Promise<DependencyRequest> {
  const others = await readIfPresent(release, directory, npm.companions);
  return {
    manager: npm,
    directory,
    files: [manifest, ...others],
    platform: await nodePlatform(),
    needsCode: needsCode(parseNodeManifest(manifest)) || has(others, BUILD_FILE),
  };
}

export const npm: DependencyManager = {
  name: 'npm',
  product: 'node_modules',
  binaries: '.bin',
  companions: [...LOCKFILES, '.npmrc', BUILD_FILE],
  platform: nodePlatform,

  steps: ({ files }) => {
    const isLocked = LOCKFILES.some((name) => has(files, name));
    return [{ command: 'npm', args: [isLocked ? 'ci' : 'install', ...FLAGS] }];
  },

  cacheVariables: (directory) => ({ npm_config_cache: join(directory, 'npm') }),

  diagnose: ({ stdout }) => {
    const error = npmError(stdout);
    if (error === null) return { kind: 'uncertain', summary: null };
    // What misses in a lockfile is the second paragraph, in front of a page of usage.
    const words = [inOneLine(error.summary, 2), inOneLine(error.detail, 1)];
    return diagnoseCode(error.code, words.join(' ').trim());
  },

  warningsIn: (output) =>
    output
      .split('\n')
      .filter((line) => /^npm warn /i.test(line) && line.length > 'npm warn '.length),

  wordsOf(output) {
    const start = output.lastIndexOf(REPORT_START);
    if (start === -1) return output;
    const end = output.indexOf(REPORT_END, start);
    return output.slice(0, start) + (end === -1 ? '' : output.slice(end + REPORT_END.length));
  },
};

/** With `--json` npm ends its output with `{"error": {"code": …, "summary": …}}`, indented. */
const REPORT_START = '{\n  "error":';
const REPORT_END = '\n}\n';

function has(files: DependencyRequest['files'], name: string): boolean {
  return files.some(({ path }) => basename(path) === name);
}

const npmReport = z.object({
  error: z.object({
    // A number when a script of a package ended with it.
    code: z
      .union([z.string(), z.number().transform((status) => `exit status ${status}`)])
      .nullable()
      .default(null),
    summary: z.string().default(''),
    detail: z.string().default(''),
  }),
});

function npmError(stdout: string): z.output<typeof npmReport>['error'] | null {
  const start = stdout.lastIndexOf(REPORT_START);
  if (start === -1) return null;
  try {
    return npmReport.parse(JSON.parse(stdout.slice(start))).error;
  } catch {
    // Cut short: npm itself was killed, and there is nothing to tell.
    return null;
  }
}
