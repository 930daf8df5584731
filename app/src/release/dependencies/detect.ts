import { CodedError } from '@gitcron/base/coded-error';
import { basename, dirname, join } from 'node:path';
import { readIfPresent, readRepositoryFile } from '../repository-file.ts';
import type { DependencyManager, DependencyRequest } from './dependency-manager.ts';
import { NODE_LOCKFILES, requestNode } from './node-request.ts';
import { npm } from './npm.ts';
import { pnpm } from './pnpm.ts';
import { PYTHON_MANIFESTS, requestPython } from './python-request.ts';
import { uv } from './uv.ts';
import { venv } from './venv.ts';
import { yarnClassic } from './yarn-classic.ts';
import { yarn } from './yarn.ts';

/** Every dependency manager. A repository may need one for Node and one for Python. */
const DEPENDENCY_MANAGERS: readonly DependencyManager[] = [pnpm, npm, yarn, yarnClassic, venv, uv];

const NODE_MANIFEST = 'package.json';
const PYTHON_LIST = 'requirements.txt';

export interface Detected {
  readonly requests: readonly DependencyRequest[];
  /** What is seen and not read, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * What has to be installed for the code in `release`. PACKAGE_FILE says where the manifest of one
 * language is; that of the other one is beside it, or in the root.
 *
 * @throws CodedError when PACKAGE_FILE names something that is not there, when a manifest is not
 * valid, or when nothing here reads a lockfile.
 */
export async function detectDependencies(release: string, packageFile: string): Promise<Detected> {
  await refuseMissing(release, packageFile);
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  const places = placesOf(packageFile);
  const requests: DependencyRequest[] = [];
  for (const directory of places.node) {
    const [manifest] = await readIfPresent(release, directory, [NODE_MANIFEST]);
    if (manifest === undefined) continue;
    requests.push(await requestNode(release, directory, manifest, warn));
    break;
  }
  const python = await requestPython(release, places.python, places.list, warn);
  return { requests: python === null ? requests : [...requests, python], warnings };
}

/** A repository without dependencies is fine, unless somebody has said where they are. */
async function refuseMissing(release: string, packageFile: string): Promise<void> {
  if (packageFile === NODE_MANIFEST) return;
  const isThere = (await readRepositoryFile(release, packageFile)) !== null;
  if (isThere && isManifest(basename(packageFile))) return;
  const sentence = isThere
    ? `PACKAGE_FILE is ${packageFile}, from which nothing can be installed.`
    : `There is no ${packageFile} in the repository.`;
  throw new CodedError('GITCRON_E_NO_MANIFEST', sentence, {
    place: packageFile,
    hint: 'Commit the file, or set PACKAGE_FILE to where the package.json, requirements.txt or pyproject.toml is; unset it if there are no dependencies.',
  });
}

function isManifest(name: string): boolean {
  return name === NODE_MANIFEST || PYTHON_MANIFESTS.includes(name) || name.endsWith('.txt');
}

/** The directories in which manifests are looked for, the first that has one counts. */
function placesOf(packageFile: string) {
  const directory = dirname(packageFile);
  const name = basename(packageFile);
  const [there, anywhere] = [[directory], [...new Set([directory, '.'])]];
  if (name === NODE_MANIFEST) return { node: there, python: anywhere, list: PYTHON_LIST };
  const list = PYTHON_MANIFESTS.includes(name) ? PYTHON_LIST : name;
  return { node: anywhere, python: there, list };
}

/** Every file that decides what is installed, whether it is there or not. */
export function dependencyFiles(packageFile: string): string[] {
  const { node, python, list } = placesOf(packageFile);
  const ofNode = [NODE_MANIFEST, ...NODE_LOCKFILES, ...companionsOf(npm, pnpm, yarn, yarnClassic)];
  const ofPython = [list, ...PYTHON_MANIFESTS, ...companionsOf(uv)];
  return [
    ...new Set([
      ...node.flatMap((directory) => ofNode.map((name) => join(directory, name))),
      ...python.flatMap((directory) => ofPython.map((name) => join(directory, name))),
    ]),
  ];
}

function companionsOf(...managers: readonly DependencyManager[]): string[] {
  return managers.flatMap(({ companions }) => companions);
}

/** What installs leave, and where the commands in it are. */
export function installedProducts(): { product: string; binaries: string }[] {
  const products = new Map(DEPENDENCY_MANAGERS.map(({ product, binaries }) => [product, binaries]));
  return [...products].map(([product, binaries]) => ({ product, binaries }));
}

/** By manager, what its products are built for. */
export type Platforms = Readonly<Record<string, string>>;

export function platformsOf(requests: readonly DependencyRequest[]): Platforms {
  return Object.fromEntries(requests.map(({ manager, platform }) => [manager.name, platform]));
}

/** Whether what was built for these platforms is good here and now. */
export async function isForThisMachine(platforms: Platforms): Promise<boolean> {
  for (const manager of DEPENDENCY_MANAGERS) {
    const platform = platforms[manager.name];
    if (platform !== undefined && platform !== (await manager.platform())) return false;
  }
  return true;
}
