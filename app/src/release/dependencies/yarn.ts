import { join } from 'node:path';
import { z } from 'zod';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { inOneLine } from './diagnose-code.ts';
import type { Program } from './find-yarn.ts';
import { nodePlatform } from './node-platform.ts';

export async function requestYarn(
  release: string,
  directory: string,
  manifest: FileContent,
  program: Program,
): Promise<DependencyRequest> {
  const others = await readIfPresent(release, directory, yarn.companions);
  return {
    manager: yarn,
    directory,
    files: [manifest, ...others],
    platform: await nodePlatform(),
    program,
    // Its plugins, patches and offline mirror are files of the repository, and mostly itself, too.
    needsCode: true,
  };
}

/** Yarn 2 and newer, for repositories that are locked with it. */
export const yarn: DependencyManager = {
  name: 'yarn',
  product: 'node_modules',
  binaries: '.bin',
  companions: ['yarn.lock', '.yarnrc.yml'],
  platform: nodePlatform,

  steps: ({ program: [command, ...args] = ['yarn'] }) => [
    {
      command,
      args: [...args, 'install', '--immutable', '--json'],
      environment: {
        // Jobs are started by node itself, which finds packages in node_modules only.
        YARN_NODE_LINKER: 'node-modules',
        // The program is found already.
        YARN_IGNORE_PATH: '1',
        YARN_ENABLE_TELEMETRY: '0',
        COREPACK_ENABLE_NETWORK: '0',
        COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
      },
    },
  ],

  cacheVariables: (directory) => ({ YARN_GLOBAL_FOLDER: join(directory, 'yarn') }),

  diagnose({ stdout }) {
    const errors = recordsIn(stdout).filter(({ type }) => type === 'error');
    const error = errors.find(({ displayName }) => displayName !== 'YN0000') ?? errors[0];
    if (error === undefined) return { kind: 'uncertain', summary: null };
    const summary = `${error.displayName}: ${inOneLine(error.data, 1)}`;
    if (!OUTDATED.has(error.displayName)) return { kind: 'uncertain', summary };
    return {
      kind: 'permanent',
      summary,
      hint: 'The lockfile is not the one of this manifest: run yarn install, commit yarn.lock, and push again.',
    };
  },

  warningsIn: (output) =>
    recordsIn(output)
      .filter(({ type }) => type === 'warning')
      .map(wordsOf),

  wordsOf: (output) =>
    output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? recordsIn(line).map(wordsOf) : [line]))
      .join('\n'),
};

/** FROZEN_LOCKFILE_EXCEPTION and LOCKFILE_OUTDATED (yarn, "Error Codes"). */
const OUTDATED: ReadonlySet<string> = new Set(['YN0028', 'YN0038']);

/** A line of `yarn install --json`. */
const yarnRecord = z.object({
  type: z.string(),
  displayName: z.string().default(''),
  data: z.string().default(''),
});
type YarnRecord = z.output<typeof yarnRecord>;

function recordsIn(output: string): YarnRecord[] {
  return output.split('\n').flatMap((line) => {
    try {
      return yarnRecord.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}

function wordsOf({ displayName, data }: YarnRecord): string {
  return `${displayName}: ${data}`;
}
