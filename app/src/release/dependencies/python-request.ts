import { basename } from 'node:path';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { unreadLockfile } from './lockfile-error.ts';
import { asksForAnything } from './python-manifest.ts';
import { isUvHere, requestUv } from './uv.ts';
import { requestVenv } from './venv.ts';

const PYPROJECT = 'pyproject.toml';
const UV_LOCKFILE = 'uv.lock';

/** Files that say what Python code needs, besides requirements.txt. */
export const PYTHON_MANIFESTS = [
  PYPROJECT,
  UV_LOCKFILE,
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'Pipfile',
  'pylock.toml',
];

/**
 * What Python code asks to be installed: by pip from a requirements.txt, by uv from a uv.lock.
 *
 * @param directories looked at in this order; the first that holds anything counts
 * @param list the name of the requirements.txt
 * @param warn told what is seen and not read
 * @throws CodedError GITCRON_E_LOCKFILE when nothing here reads what says what is needed
 */
export async function requestPython(
  release: string,
  directories: readonly string[],
  list: string,
  warn: (sentence: string) => void,
): Promise<DependencyRequest | null> {
  for (const directory of directories) {
    const [requirements] = await readIfPresent(release, directory, [list]);
    const others = await readIfPresent(release, directory, PYTHON_MANIFESTS);
    if (requirements !== undefined) {
      for (const { path } of others) {
        warn(`${path} is not read: ${requirements.path} says what is installed.`);
      }
      return requestVenv(directory, requirements);
    }
    if (others.length > 0) return requestWithoutList(release, directory, others, warn);
  }
  return null;
}

async function requestWithoutList(
  release: string,
  directory: string,
  others: readonly FileContent[],
  warn: (sentence: string) => void,
): Promise<DependencyRequest | null> {
  const named = (name: string) => others.find(({ path }) => basename(path) === name);
  const project = named(PYPROJECT);
  const lockfile = named(UV_LOCKFILE);
  const paths = others.map(({ path }) => path).join(', ');
  if (lockfile !== undefined && project === undefined && others.length === 1) {
    warn(`${lockfile.path} is not read: there is no ${PYPROJECT} beside it.`);
    return null;
  }
  if (!asksForAnything(others)) {
    warn(`${paths}: not read, because no dependencies are named there.`);
    return null;
  }
  if (lockfile !== undefined && project !== undefined) {
    if (await isUvHere()) return requestUv(release, directory);
    throw unreadLockfile(
      lockfile.path,
      `${lockfile.path} can be read by uv only, which is not here.`,
      'Install uv on the machine that runs Gitcron, or commit what it says as a requirements.txt (uv export --no-emit-project --output-file requirements.txt), and push again.',
    );
  }
  throw unreadLockfile(
    paths,
    `Dependencies are named in ${paths}, from which Gitcron installs nothing.`,
    'Commit them as a requirements.txt (poetry export, pip-compile or pip freeze write one), or as a uv.lock where uv is installed, and push again.',
  );
}
