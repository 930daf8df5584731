import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { FileContent } from '../content-hash.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { diagnoseNetwork } from './diagnose-network.ts';
import { PIP_LOG, removePipLog, unreadIndexes } from './pip-log.ts';
import { listNeedsCode } from './requirements-list.ts';
import { relocateVenv } from './relocate-venv.ts';

const QUIETLY = ['--disable-pip-version-check', '--no-input', '--quiet'];

const REQUIREMENTS = 'requirements.txt';

const MAKE_VENV = { command: 'python3', args: ['-m', 'venv', '.venv'] };

export async function requestVenv(
  directory: string,
  requirements: FileContent,
): Promise<DependencyRequest> {
  const text = Buffer.from(requirements.bytes).toString('utf8');
  return {
    manager: venv,
    directory,
    files: [requirements],
    platform: await venv.platform(),
    needsCode: listNeedsCode(text),
  };
}

/** A virtual environment is good for the Python that it was made with. */
export async function pythonPlatform(): Promise<string> {
  const { stdout } = await execa('python3', ['--version'], { reject: false });
  return `${process.platform} ${process.arch} ${stdout?.trim() || 'no python3'}`;
}

/** Python's `requirements.txt`, installed into a virtual environment of its own. */
export const venv: DependencyManager = {
  name: 'pip',
  product: '.venv',
  binaries: 'bin',
  companions: [REQUIREMENTS],

  platform: pythonPlatform,

  steps: ({ files }) => [
    MAKE_VENV,
    {
      command: '.venv/bin/python',
      args: [
        ...['-m', 'pip', 'install', ...QUIETLY, '--log', PIP_LOG],
        ...['--requirement', basename(files[0]?.path ?? '')],
      ],
    },
  ],

  cacheVariables: (directory) => ({ PIP_CACHE_DIR: join(directory, 'pip') }),

  diagnose: ({ step, output }) =>
    step === MAKE_VENV
      ? {
          kind: 'permanent',
          summary: 'python3 could not make a virtual environment',
          hint: 'Install what "python3 -m venv" needs (Debian: python3-venv; for the image, name it in APP_APT_PACKAGES and build again), then push again.',
        }
      : diagnoseNetwork(output, null),

  // Quietly means warnings and errors only.
  warningsIn: (output) => output.split('\n').filter((line) => line.trim() !== ''),

  wordsLeftIn: unreadIndexes,
  finish: (_request, directory) => removePipLog(directory),
  relocate: relocateVenv,
};
