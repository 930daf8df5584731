import { execa } from 'execa';
import { join } from 'node:path';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { diagnoseNetwork } from './diagnose-network.ts';
import { relocateVenv } from './relocate-venv.ts';
import { pythonPlatform } from './venv.ts';

/** Whether a `uv.lock` can be installed from. */
export async function isUvHere(): Promise<boolean> {
  const { failed } = await execa('uv', ['--version'], { cwd: '/', reject: false, timeout: 10_000 });
  return !failed;
}

export async function requestUv(release: string, directory: string): Promise<DependencyRequest> {
  return {
    manager: uv,
    directory,
    files: await readIfPresent(release, directory, uv.companions),
    platform: await pythonPlatform(),
    // The project itself is installed, too.
    needsCode: true,
  };
}

/** Python's `uv.lock`, where uv is installed. */
export const uv: DependencyManager = {
  name: 'uv',
  product: '.venv',
  binaries: 'bin',
  companions: ['pyproject.toml', 'uv.lock', 'uv.toml', '.python-version'],
  platform: pythonPlatform,

  steps: () => [
    {
      command: 'uv',
      args: ['sync', '--locked', '--no-progress', '--color', 'never'],
      environment: {
        UV_PYTHON_DOWNLOADS: 'never',
        UV_PROJECT_ENVIRONMENT: '.venv',
        // A file that is shared with the cache would change hands with the release.
        UV_LINK_MODE: 'copy',
      },
    },
  ],

  cacheVariables: (directory) => ({ UV_CACHE_DIR: join(directory, 'uv') }),

  diagnose({ output }) {
    const error = output.split('\n').find((line) => line.startsWith('error: '));
    return diagnoseNetwork(output, error?.replace('error: ', '').replace(/[.:]$/, '') ?? null);
  },

  warningsIn: (output) => output.split('\n').filter((line) => /^warning: /i.test(line)),

  relocate: relocateVenv,
};
