import { readdir, readlink, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { absent } from '@gitcron/base/absence';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { checksumLines, sha256 } from './content-hash.ts';
import { installedProducts } from './dependencies/detect.ts';
import { readPin } from './pin.ts';
import {
  currentRevision,
  descriptionFile,
  readRelease,
  releaseDirectory,
  toRelease,
  writeDescription,
  type Release,
  type ReleaseDescription,
} from './release.ts';
import { readRepositoryFile } from './repository-file.ts';
import { describedBeside, shortRevision } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

export interface MendOptions {
  readonly volume: StateVolume;
  readonly sourceDirectory: string;
  readonly cronFile: string;
  readonly packageFile: string;
  readonly logger: Logger;
}

/**
 * Describes anew every release whose description is damaged, and the current and the pinned one
 * also where it is lost. Call it before what is unfinished is swept away: without a description a
 * release counts as that.
 */
export async function mendReleases(options: MendOptions): Promise<void> {
  const { volume, logger } = options;
  // A pin that cannot be read is told of when it is to be obeyed.
  const pin = await readPin(volume).catch(() => null);
  const described = (await readdir(volume.releases)).filter((name) => name.endsWith('.json'));
  const wanted = [
    ...described.map((name) => name.slice(0, -'.json'.length)),
    ...[await currentRevision(volume), pin?.release ?? null].filter((id) => id !== null),
  ];
  for (const revision of new Set(wanted)) {
    try {
      if ((await readRelease(volume, revision)) === null) await mendRelease(revision, options);
    } catch (error) {
      logger.warn(errorFields(error), `Release ${shortRevision(revision)} cannot be looked at.`);
    }
  }
}

/**
 * A release whose description is lost or damaged, described anew from its directory, which is
 * whole: it got its name when everything in it was. What it was made with is not known any more,
 * so it is used as it is, and made again as soon as the source shows it.
 *
 * @returns null when there is nothing under this name.
 */
export async function mendRelease(revision: string, options: MendOptions): Promise<Release | null> {
  const { volume, logger } = options;
  const directory = releaseDirectory(volume, revision);
  const found = await stat(directory).catch(absent);
  if (found?.isDirectory() !== true) return null;
  const description = await describeFromDirectory(revision, found.mtimeMs, options);
  logger.warn(
    { release: revision },
    `The description of release ${shortRevision(revision)} was lost or damaged; it is made anew from what is there.`,
  );
  // What lies in its place may be no file.
  await rm(descriptionFile(volume, revision), { recursive: true, force: true }).catch(() => {});
  await writeDescription(volume, description).catch((error: unknown) => {
    logger.warn(errorFields(error), 'It could not be written; the next start makes it again.');
  });
  return toRelease(directory, description);
}

async function describeFromDirectory(
  revision: string,
  madeAt: number,
  { volume, sourceDirectory, cronFile, packageFile }: MendOptions,
): Promise<ReleaseDescription> {
  const directory = releaseDirectory(volume, revision);
  const source = { directory: sourceDirectory, cronFile };
  const { subject, author, repository } = await describedBeside(source, revision);
  const crontab = await readRepositoryFile(directory, cronFile).catch(() => null);
  const installed = await findInstalled(directory, packageFile);
  const sets = installed.flatMap(({ set }) => set ?? []);
  return {
    revision,
    subject,
    author,
    repository,
    dependencyHash: sets.length > 1 ? sha256(sets.join('\n')) : (sets[0] ?? null),
    packageChecksums: '',
    crontabChecksum: crontab === null ? '' : checksumLines([crontab]),
    madeWith: { packageFile, platforms: installed.length === 0 ? {} : NOT_KNOWN },
    dependencySets: sets,
    binaries: installed.map(({ binaries }) => binaries),
    // As near as it is known; the order of rollbacks goes by it.
    preparedAt: madeAt,
    activatedAt: madeAt,
    followedAt: madeAt,
  };
}

/** No machine is of this kind, so the release counts as made for another one. */
const NOT_KNOWN = { npm: 'not known any more' };

interface Installed {
  /** Relative to the release. */
  readonly binaries: string;
  /** Its name in `deps/`; null for what was installed inside the release. */
  readonly set: string | null;
}

async function findInstalled(release: string, packageFile: string): Promise<Installed[]> {
  const installed: Installed[] = [];
  for (const directory of new Set([dirname(packageFile), '.'])) {
    for (const { product, binaries } of installedProducts()) {
      const place = join(release, directory, product);
      if ((await stat(place).catch(absent)) === null) continue;
      const target = await readlink(place).catch(absent);
      const set = target === null ? null : basename(dirname(target));
      installed.push({ binaries: join(directory, product, binaries), set });
    }
  }
  return installed;
}
