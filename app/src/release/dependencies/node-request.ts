import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { findYarn } from './find-yarn.ts';
import { unreadLockfile } from './lockfile-error.ts';
import { dependencyNames, parseNodeManifest, type NodeManifest } from './node-manifest.ts';
import { refuseOutdatedNpm } from './npm-lockfile.ts';
import { requestNpm } from './npm.ts';
import { refuseOtherPnpm } from './pnpm-lockfile.ts';
import { pnpmVersion, requestPnpm } from './pnpm.ts';
import { requestYarn } from './yarn.ts';
import { refuseMemberAlone } from './workspace-root.ts';
import { refuseGaps } from './yarn-classic-gaps.ts';
import { requestYarnClassic } from './yarn-classic.ts';
import { isOfYarn2 } from './yarn-lockfile.ts';

/** By manager, its lockfiles. Where a repository has several, the first here is what counts. */
const LOCKFILES = {
  pnpm: ['pnpm-lock.yaml'],
  // What npm takes, if it finds both.
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock', 'bun.lockb'],
} as const;
export const NODE_LOCKFILES: readonly string[] = Object.values(LOCKFILES).flat();

type ManagerName = keyof typeof LOCKFILES;

/** What `packageManager` asks for: a manager, its version, and a hash of it. */
const PACKAGE_MANAGER = /^(npm|pnpm|yarn|bun)@([^+]+)/;

interface Asked {
  readonly name: ManagerName;
  readonly version: string;
}

/**
 * What a package.json asks to be installed, by the manager that reads its lockfile: never other
 * versions than that says.
 *
 * @param warn told what is seen and not read
 * @throws CodedError GITCRON_E_LOCKFILE when nothing here reads it, and it makes a difference
 */
export async function requestNode(
  release: string,
  directory: string,
  manifestFile: FileContent,
  warn: (sentence: string) => void,
): Promise<DependencyRequest> {
  const manifest = parseNodeManifest(manifestFile);
  const asked = askedFor(manifest);
  warnOfUnknownManager(manifest, asked, warn);
  const locks = await readLockfiles(release, directory);
  const owner = chooseOwner(locks, asked);
  if (owner !== null) warnOfOthers(owner, locks, asked, warn);
  else if (asked !== null && asked.name !== 'npm') {
    warn(
      `packageManager asks for ${asked.name}, but no lockfile of it is committed: npm installs the newest versions that package.json allows.`,
    );
  }
  const chosen = locks.find((lock) => lock.owner === owner);
  if (owner === null && asksForAnything(manifest)) {
    await refuseMemberAlone(release, directory, NODE_LOCKFILES);
  }
  const request = () => requestNpm(release, directory, manifestFile);
  if (chosen === undefined) return request();
  const { file: lockfile } = chosen;
  if (chosen.owner === 'npm') {
    refuseOutdatedNpm(lockfile, manifest);
    return request();
  }
  if (chosen.owner === 'pnpm') {
    refuseOtherPnpm(lockfile);
    await warnOfAnotherPnpm(asked, warn);
    return requestPnpm(release, directory, manifestFile);
  }
  if (chosen.owner === 'yarn' && isOfYarn2(lockfile)) {
    const version = asked?.name === 'yarn' && !isYarn1(asked) ? asked.version : null;
    const program = await findYarn(release, directory, version);
    if (program !== null) return requestYarn(release, directory, manifestFile, program);
  }
  if (!asksForAnything(manifest)) {
    warn(`${lockfile.path} is not read: package.json asks for no packages.`);
    return request();
  }
  if (chosen.owner === 'yarn' && !isOfYarn2(lockfile)) {
    await refuseGaps(release, directory, lockfile, manifest);
    if (asked?.name === 'yarn' && !isYarn1(asked)) {
      warn(
        `packageManager asks for yarn ${asked.version}, but ${lockfile.path} is of yarn 1: Gitcron's own yarn 1 installs what it says.`,
      );
    }
    return requestYarnClassic(release, directory, manifestFile);
  }
  throw notReadable(chosen.owner, lockfile.path, asked);
}

function askedFor({ packageManager = '' }: NodeManifest): Asked | null {
  const [, name, version = ''] = PACKAGE_MANAGER.exec(packageManager) ?? [];
  return name === 'npm' || name === 'pnpm' || name === 'yarn' || name === 'bun'
    ? { name, version }
    : null;
}

/** As corepack wants it, with an exact version: what it refuses, it refuses on the laptop. */
function warnOfUnknownManager(
  { packageManager }: NodeManifest,
  asked: Asked | null,
  warn: (sentence: string) => void,
): void {
  if (packageManager === undefined || asked !== null) return;
  warn(
    `packageManager is ${JSON.stringify(packageManager.slice(0, 60))}, which names no package manager that is known here: it is not looked at.`,
  );
}

function isYarn1({ version }: Asked): boolean {
  return /^[01]\./.test(version);
}

interface Lock {
  readonly owner: ManagerName;
  readonly file: FileContent;
}

async function readLockfiles(release: string, directory: string): Promise<Lock[]> {
  const owners: readonly ManagerName[] = ['pnpm', 'npm', 'yarn', 'bun'];
  const found = await Promise.all(
    owners.map(async (owner) => {
      const files = await readIfPresent(release, directory, LOCKFILES[owner]);
      return files.map((file) => ({ owner, file }));
    }),
  );
  return found.flat();
}

function chooseOwner(locks: readonly Lock[], asked: Asked | null): ManagerName | null {
  const isAsked = locks.some(({ owner }) => owner === asked?.name);
  return (isAsked ? asked?.name : locks[0]?.owner) ?? null;
}

function warnOfOthers(
  chosen: ManagerName,
  locks: readonly Lock[],
  asked: Asked | null,
  warn: (sentence: string) => void,
): void {
  const [first] = locks.filter(({ owner }) => owner === chosen);
  const read = first?.file.path ?? '';
  for (const { owner, file } of locks) {
    if (owner !== chosen) warn(`${file.path} is not read: ${read} says what is installed.`);
  }
  if (asked !== null && asked.name !== chosen) {
    warn(
      `packageManager asks for ${asked.name}, but no lockfile of it is committed: ${read} says what is installed.`,
    );
  }
}

async function warnOfAnotherPnpm(
  asked: Asked | null,
  warn: (sentence: string) => void,
): Promise<void> {
  if (asked?.name !== 'pnpm') return;
  const version = await pnpmVersion();
  if (asked.version === version) return;
  warn(
    `packageManager asks for pnpm ${asked.version}; Gitcron's own pnpm ${version} installs the same versions from pnpm-lock.yaml.`,
  );
}

function asksForAnything(manifest: NodeManifest): boolean {
  return dependencyNames(manifest).length > 0 || (manifest.workspaces ?? null) !== null;
}

function notReadable(owner: ManagerName, path: string, asked: Asked | null) {
  const or = 'or lock it with npm (npm install) and commit package-lock.json in its place.';
  if (owner === 'bun') {
    return unreadLockfile(
      path,
      `${path} can be read by bun only, and Gitcron installs nothing with bun.`,
      `Lock it with npm (npm install), commit package-lock.json, remove ${path}, and push again.`,
    );
  }
  const version = asked?.name === owner && !isYarn1(asked) ? asked.version : null;
  const which = version === null ? 'yarn 2 or newer' : `yarn ${version}`;
  return unreadLockfile(
    path,
    `${path} can be read by ${which} only, which is not here.`,
    `Commit yarn itself (yarn set version ${version ?? 'stable'} --yarn-path), or install it on the machine that runs Gitcron (corepack install, with packageManager in package.json), ${or}`,
  );
}
