import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyManager } from './dependency-manager.ts';
import { relocateVenv } from './relocate-venv.ts';

const QUIETLY = ['--disable-pip-version-check', '--no-input', '--quiet'];

const REQUIREMENTS = 'requirements.txt';

const MAKE_VENV = { command: 'python3', args: ['-m', 'venv', '.venv'] };

/** Python's `requirements.txt`, installed into a virtual environment of its own. */
export const venv: DependencyManager = {
  name: 'pip',
  product: '.venv',
  binaries: 'bin',
  companions: [REQUIREMENTS],

  /** A virtual environment is good for the Python that it was made with. */
  async platform() {
    const { stdout } = await execa('python3', ['--version'], { reject: false });
    return `${process.platform} ${process.arch} ${stdout?.trim() || 'no python3'}`;
  },

  async detect(release, packageFile) {
    const directory = dirname(packageFile);
    const name = packageFile.endsWith('.txt') ? basename(packageFile) : REQUIREMENTS;
    const [requirements] = await readIfPresent(release, directory, [name]);
    if (requirements === undefined) return null;
    const text = Buffer.from(requirements.bytes).toString('utf8');
    return {
      manager: venv,
      directory,
      files: [requirements],
      platform: await venv.platform(),
      needsCode: NEEDS_CODE.test(text),
    };
  },

  steps: ({ files }) => [
    MAKE_VENV,
    {
      command: '.venv/bin/python',
      args: ['-m', 'pip', 'install', ...QUIETLY, '--requirement', basename(files[0]?.path ?? '')],
    },
  ],

  cacheVariables: (directory) => ({ PIP_CACHE_DIR: join(directory, 'pip') }),

  diagnose: ({ step }) =>
    step === MAKE_VENV
      ? {
          kind: 'permanent',
          summary: 'python3 could not make a virtual environment',
          hint: 'Install what "python3 -m venv" needs (Debian: python3-venv; for the image, name it in APP_APT_PACKAGES and build again), then push again.',
        }
      : // pip has one exit status for everything: that its index is away, and that the list is wrong.
        {
          kind: 'uncertain',
          summary: null,
          hint: 'See its output below. If the list is wrong, mend it and push again; if the package index was away, it comes by itself.',
        },

  relocate: relocateVenv,
};

/** Other requirement files (`-r`, `-c`), editable installs (`-e`), paths of the repository (pip-install(1)). */
const NEEDS_CODE =
  /^\s*(-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links|[\w.-]*\/|\.\s*$|file:|.*@\s*file:|\S+\.(whl|zip|tar\.\w+|tgz)\s*$)/m;
