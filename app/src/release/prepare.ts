import { chmod, mkdtemp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMs } from '../clock.ts';
import { CodedError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { checksumLines, sha256, type FileContent } from './content-hash.ts';
import { copyTree } from './copy-tree.ts';
import { readCrontab } from './crontab-file.ts';
import type { DependencyRequest } from './dependencies/dependency-manager.ts';
import { dependencyManagers } from './dependencies/dependency-managers.ts';
import { dependencyHash, installSet, isInstalled, linkSet } from './dependencies/dependency-set.ts';
import { runInstall, type InstallOptions } from './dependencies/run-install.ts';
import { deleteTree } from './ownership.ts';
import {
  readRelease,
  releaseDirectory,
  toRelease,
  writeDescription,
  type Release,
  type ReleaseDescription,
} from './release.ts';
import type { Revision } from './revision.ts';
import { UNFINISHED, type StateVolume } from './state-volume.ts';

export interface PrepareOptions {
  readonly volume: StateVolume;
  readonly packageFile: string;
  readonly cronFile: string;
  readonly install: InstallOptions;
  readonly logger: Logger;
  /** Throws what is wrong with a crontab; `schedule` knows, and this room must not. */
  readonly checkCrontab: (crontab: FileContent) => void;
  readonly onInstalled: (revision: Revision, hash: string, durationMs: number) => void;
  readonly now: () => EpochMs;
}

/**
 * Makes a revision runnable: copies the code, checks the crontab, installs what is not installed
 * yet. Nothing that is current changes. What was prepared before is found and not made again.
 */
export async function prepareRelease(
  revision: Revision,
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<Release> {
  const { volume } = options;
  const known = await readRelease(volume, revision.id);
  if (known !== null && (await hasItsDependencies(volume, known))) return known;

  const final = releaseDirectory(volume, revision.id);
  const building = await mkdtemp(join(volume.releases, UNFINISHED));
  try {
    await copyTree(revision, building, signal);
    const crontab = await readCrontab(building, options.cronFile, revision.id);
    options.checkCrontab(crontab);
    const requests = await detectDependencies(building, options.packageFile);
    for (const request of requests) {
      await provide(request, { building, final }, revision, options, signal);
    }
    const description = describe(revision, crontab, requests, options.now());
    await chmod(building, 0o755);
    await deleteTree(final, options.install.user);
    await rename(building, final);
    await writeDescription(volume, description);
    return toRelease(final, description);
  } catch (error) {
    await deleteTree(building, options.install.user);
    throw error;
  }
}

async function hasItsDependencies(volume: StateVolume, release: Release): Promise<boolean> {
  for (const hash of release.description.dependencySets) {
    if (!(await isInstalled(volume, hash))) return false;
  }
  return true;
}

async function detectDependencies(
  release: string,
  packageFile: string,
): Promise<DependencyRequest[]> {
  const requests: DependencyRequest[] = [];
  for (const manager of dependencyManagers) {
    const request = await manager.detect(release, packageFile);
    if (request !== null) requests.push(request);
  }
  if (requests.length === 0 && packageFile !== 'package.json') {
    throw new CodedError('GITCRON_E_NO_MANIFEST', `There is no ${packageFile} in the repository.`, {
      place: packageFile,
      hint: 'Commit the file, or set PACKAGE_FILE to where it is; unset it if there are no dependencies.',
    });
  }
  return requests;
}

interface Places {
  readonly building: string;
  readonly final: string;
}

async function provide(
  request: DependencyRequest,
  { building, final }: Places,
  revision: Revision,
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<void> {
  const { volume, install, logger } = options;
  const hash = dependencyHash(request);
  const files = request.files.map(({ path }) => path).join(', ');
  const startedAt = options.now();
  if (!request.needsCode && (await isInstalled(volume, hash))) {
    logger.debug({ hash }, `The dependencies of ${files} are installed already.`);
    return linkSet(volume, request, { building, final });
  }
  logger.info({ hash }, `Installing the dependencies of ${files} with ${request.manager.name}.`);
  if (request.needsCode) {
    const directory = join(building, request.directory);
    await runInstall(request, directory, install, signal);
    const { manager } = request;
    const installed = join(final, request.directory, manager.product);
    await manager.relocate?.(join(directory, manager.product), installed);
  } else {
    await installSet(volume, request, install, signal);
    await linkSet(volume, request, { building, final });
  }
  const durationMs = options.now() - startedAt;
  logger.info({ hash, durationMs }, `Installed them in ${(durationMs / 1000).toFixed(1)} s.`);
  options.onInstalled(revision, hash, durationMs);
}

function describe(
  revision: Revision,
  crontab: FileContent,
  requests: readonly DependencyRequest[],
  preparedAt: EpochMs,
): ReleaseDescription {
  const hashes = requests.map(dependencyHash);
  return {
    revision: revision.id,
    subject: revision.subject,
    author: revision.author,
    dependencyHash: hashes.length > 1 ? sha256(hashes.join('\n')) : (hashes[0] ?? null),
    packageChecksums: checksumLines(requests.flatMap(({ files }) => files)),
    crontabChecksum: checksumLines([crontab]),
    dependencySets: requests.filter(({ needsCode }) => !needsCode).map(dependencyHash),
    binaries: requests.map(({ directory, manager }) =>
      join(directory, manager.product, manager.binaries),
    ),
    preparedAt,
    activatedAt: null,
  };
}
