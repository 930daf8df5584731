import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DependencyManager } from './dependency-manager.ts';
import { readIfPresent } from './read-if-present.ts';

const QUIETLY = ['--disable-pip-version-check', '--no-input', '--quiet'];

/** Python's `requirements.txt`, installed into a virtual environment of its own. */
export const venv: DependencyManager = {
  name: 'pip',
  product: '.venv',
  binaries: 'bin',

  async detect(release, packageFile) {
    const directory = dirname(packageFile);
    const name = packageFile.endsWith('.txt') ? basename(packageFile) : 'requirements.txt';
    const [requirements] = await readIfPresent(release, directory, [name]);
    if (requirements === undefined) return null;
    const text = Buffer.from(requirements.bytes).toString('utf8');
    return { manager: venv, directory, files: [requirements], needsCode: NEEDS_CODE.test(text) };
  },

  steps: ({ files }) => [
    { command: 'python3', args: ['-m', 'venv', '.venv'] },
    {
      command: '.venv/bin/python',
      args: ['-m', 'pip', 'install', ...QUIETLY, '--requirement', basename(files[0]?.path ?? '')],
    },
  ],

  // pip has one exit status for everything; a package index that is away is the likelier cause of
  // a failure than a list that has worked on somebody's machine.
  diagnose: () => ({ kind: 'transient', summary: null }),

  /** A virtual environment's commands name its interpreter by its absolute path (PEP 405). */
  async relocate(from, to) {
    const directory = join(to, 'bin');
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(directory, entry.name);
      const bytes = await readFile(file);
      if (!bytes.includes(from)) continue;
      await writeFile(file, bytes.toString('latin1').replaceAll(from, to), 'latin1');
    }
  },
};

/** Other requirement files (`-r`, `-c`), editable installs (`-e`), paths of the repository. */
const NEEDS_CODE =
  /^\s*(-r|-c|-e|--requirement|--constraint|--editable|\.{0,2}\/|\.\s*$|file:|.*@\s*file:)/m;
