import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { needsCode, parseNodeManifest } from './node-manifest.ts';
import { readIfPresent } from './read-if-present.ts';

const LOCKFILES = ['package-lock.json', 'npm-shrinkwrap.json'];

/** Quiet where nobody reads it, and with the error as JSON, so that its code can be read. */
const FLAGS = ['--no-audit', '--no-fund', '--no-update-notifier', '--json'];

export const npm: DependencyManager = {
  name: 'npm',
  product: 'node_modules',
  binaries: '.bin',

  async detect(release, packageFile) {
    if (basename(packageFile) !== 'package.json') return null;
    const directory = dirname(packageFile);
    const [manifest] = await readIfPresent(release, directory, ['package.json']);
    const rivals = await readIfPresent(release, directory, ['pnpm-lock.yaml']);
    if (manifest === undefined || rivals.length > 0) return null;
    const others = await readIfPresent(release, directory, [...LOCKFILES, '.npmrc']);
    return {
      manager: npm,
      directory,
      files: [manifest, ...others],
      needsCode: needsCode(parseNodeManifest(manifest)),
    };
  },

  steps: (request) => [{ command: 'npm', args: [isLocked(request) ? 'ci' : 'install', ...FLAGS] }],

  diagnose: ({ stdout }) => {
    const error = npmError(stdout);
    if (error === null) return { kind: 'permanent', summary: null };
    const [firstLine = ''] = error.summary.split('\n');
    return {
      kind: TRANSIENT.test(error.code) ? 'transient' : 'permanent',
      summary: `${error.code}: ${firstLine}`,
    };
  },
};

function isLocked({ files }: DependencyRequest): boolean {
  return files.some(({ path }) => LOCKFILES.includes(basename(path)));
}

/** The network, the registry's own failures (`E503`), a busy or full disk: these pass. */
const TRANSIENT =
  /^(E5\d\d|E429|ECONN\w+|ETIMEDOUT|ESOCKETTIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|ENETWORK|ERR_SOCKET_TIMEOUT|ENOSPC|EDQUOT|ENOMEM|EMFILE|EBUSY|FETCH_ERROR)$/;

const npmReport = z.object({
  error: z.object({ code: z.string(), summary: z.string().default('') }),
});

/** With `--json` npm ends its output with `{"error": {"code": …, "summary": …}}`. */
function npmError(stdout: string): { code: string; summary: string } | null {
  const start = stdout.lastIndexOf('{\n  "error":');
  if (start === -1) return null;
  try {
    return npmReport.parse(JSON.parse(stdout.slice(start))).error;
  } catch {
    // Cut short: npm itself was killed, and there is nothing to tell.
    return null;
  }
}
