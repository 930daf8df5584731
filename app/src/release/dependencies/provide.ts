import { join } from 'node:path';
import type { EpochMs } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import type { StateVolume } from '../state-volume.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { dependencyHash, installSet, isInstalled } from './dependency-set.ts';
import { linkSet, refuseCommittedProduct } from './link-set.ts';
import { runInstall, type InstallOptions } from './run-install.ts';

export interface ProvideOptions {
  readonly volume: StateVolume;
  readonly install: InstallOptions;
  readonly logger: Logger;
  readonly now: () => EpochMs;
}

/** A release on its way: the directory it is built in, and the one it will be moved to. */
export interface Places {
  readonly building: string;
  readonly final: string;
}

/**
 * Gives a release what one manager installs: links a set that is there, or installs it first.
 * @returns how long the install took; null when nothing had to be installed.
 */
export async function provideDependencies(
  request: DependencyRequest,
  places: Places,
  { volume, install, logger, now }: ProvideOptions,
  signal: AbortSignal,
): Promise<number | null> {
  const hash = dependencyHash(request);
  const files = request.files.map(({ path }) => path).join(', ');
  await refuseCommittedProduct(places.building, request);
  if (!request.needsCode && (await isInstalled(volume, hash))) {
    logger.debug({ hash }, `The dependencies of ${files} are installed already.`);
    await linkSet(volume, request, places.building);
    return null;
  }
  logger.info({ hash }, `Installing the dependencies of ${files} with ${request.manager.name}.`);
  const startedAt = now();
  if (request.needsCode) {
    await installInRelease(volume, request, places, install, signal);
  } else {
    await installSet(volume, request, install, signal);
    await linkSet(volume, request, places.building);
  }
  const durationMs = now() - startedAt;
  logger.info({ hash, durationMs }, `Installed them in ${(durationMs / 1000).toFixed(1)} s.`);
  return durationMs;
}

async function installInRelease(
  volume: StateVolume,
  request: DependencyRequest,
  { building, final }: Places,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const directory = join(building, request.directory);
  await runInstall(volume, request, directory, options, signal);
  await request.manager.relocate?.(directory, join(final, request.directory));
}
