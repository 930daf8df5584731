import { chmod, mkdtemp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from '@gitcron/base/absence';
import type { ReleaseEvent } from '../events.ts';
import { checksumLines, sha256, type FileContent } from './content-hash.ts';
import { copyTree } from './copy-tree.ts';
import {
  readCrontab,
  withCrontab,
  type CrontabOptions,
  type RunnableRelease,
} from './crontab-file.ts';
import { clientWithoutCredentials } from './database-client.ts';
import type { DependencyRequest } from './dependencies/dependency-manager.ts';
import { dependencyHash, isInstalled } from './dependencies/dependency-set.ts';
import { detectDependencies, isForThisMachine, platformsOf } from './dependencies/detect.ts';
import { provideDependencies, type ProvideOptions } from './dependencies/provide.ts';
import { learnOf } from './learn-of.ts';
import { deleteTree } from './ownership.ts';
import {
  readRelease,
  releaseDirectory,
  toRelease,
  writeDescription,
  type Release,
  type ReleaseDescription,
} from './release.ts';
import { namesToLeaveOut, type Revision } from '../sync/revision.ts';
import { UNFINISHED } from './state-volume.ts';

export interface PrepareOptions<Content> extends ProvideOptions, CrontabOptions<Content> {
  readonly packageFile: string;
  /** What jobs will find in their environment. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  readonly emit: (event: ReleaseEvent) => void;
}

/**
 * Makes a revision runnable: copies the code, checks the crontab, installs what is not installed
 * yet. Nothing that is current changes. What was prepared before is found and not made again.
 */
export async function prepareRelease<Content>(
  revision: Revision,
  options: PrepareOptions<Content>,
  signal: AbortSignal,
): Promise<RunnableRelease<Content>> {
  const { volume } = options;
  const known = await readRelease(volume, revision.id);
  if (known !== null && (await isUpToDate(known, options))) {
    return withCrontab((await learnOf(known, revision, volume)) ?? known, options);
  }

  const final = releaseDirectory(volume, revision.id);
  const building = await mkdtemp(join(volume.releases, UNFINISHED));
  try {
    // mkdtemp keeps others out; the user who installs must get in.
    await chmod(building, 0o755);
    await copyTree(revision.directory, building, namesToLeaveOut(revision), signal);
    const checked = await readCrontab(building, revision.id, options);
    const { requests, warnings } = await detectDependencies(building, options.packageFile);
    for (const warning of warnings) options.logger.warn(warning);
    for (const request of requests) {
      const durationMs = await provideDependencies(request, { building, final }, options, signal);
      if (durationMs !== null) tellInstalled(revision, request, durationMs, options);
    }
    // An install that works in the tree may have written it anew.
    const crontab = await readCrontab(building, revision.id, options, checked);
    warnOfMissingCredentials(requests, crontab.file, options);
    await moveInto(final, building);
    // A description beside the tree that is lost must not take the subject away that is known.
    const named =
      revision.subject === '' && known !== null ? { ...revision, ...namesOf(known) } : revision;
    const description = describe(named, crontab.file, requests, options);
    await writeDescription(volume, description);
    return { release: toRelease(final, description), crontab };
  } catch (error) {
    await deleteTree(building);
    throw error;
  }
}

/** Whether a release can be used as it is: its dependencies are there and are the right ones. */
export async function isUpToDate(
  { description }: Release,
  { volume, packageFile }: Pick<PrepareOptions<unknown>, 'volume' | 'packageFile'>,
): Promise<boolean> {
  if (description.madeWith.packageFile !== packageFile) return false;
  for (const hash of description.dependencySets) {
    if (!(await isInstalled(volume, hash))) return false;
  }
  return isForThisMachine(description.madeWith.platforms);
}

/** Puts a finished release in its place. What is there from before may be current, so it is not missing for long. */
async function moveInto(final: string, building: string): Promise<void> {
  const old = `${building}-old`;
  try {
    await rename(final, old);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  await rename(building, final);
  await deleteTree(old);
}

function namesOf({ description: { subject, author } }: Release) {
  return { subject, author };
}

function tellInstalled(
  revision: Revision,
  request: DependencyRequest,
  durationMs: number,
  { emit, now }: Pick<PrepareOptions<unknown>, 'emit' | 'now'>,
): void {
  emit({
    type: 'dependencies_installed',
    at: now(),
    revision: revision.id,
    dependencyHash: dependencyHash(request),
    durationMs,
  });
}

function warnOfMissingCredentials(
  requests: readonly DependencyRequest[],
  crontab: FileContent,
  { jobEnvironment, logger }: Pick<PrepareOptions<unknown>, 'jobEnvironment' | 'logger'>,
): void {
  const manifests = requests.flatMap(({ files }) => files.slice(0, 1));
  const client = clientWithoutCredentials(manifests, crontab, jobEnvironment);
  if (client === null) return;
  logger.warn(
    `${client} is among the dependencies, but jobs get no database credentials. If they use it, set DATABASE_URL (or PGHOST, PGUSER, PGPASSWORD, PGDATABASE) where Gitcron is started, or above the job in the crontab.`,
  );
}

function describe(
  revision: Revision,
  crontab: FileContent,
  requests: readonly DependencyRequest[],
  { packageFile, now }: Pick<PrepareOptions<unknown>, 'packageFile' | 'now'>,
): ReleaseDescription {
  const hashes = requests.map(dependencyHash);
  return {
    revision: revision.id,
    subject: revision.subject,
    author: revision.author,
    repository: revision.repository,
    dependencyHash: hashes.length > 1 ? sha256(hashes.join('\n')) : (hashes[0] ?? null),
    packageChecksums: checksumLines(requests.flatMap(({ files }) => files)),
    crontabChecksum: checksumLines([crontab]),
    madeWith: { packageFile, platforms: platformsOf(requests) },
    dependencySets: requests.filter(({ needsCode }) => !needsCode).map(dependencyHash),
    binaries: requests.map(({ directory, manager }) =>
      join(directory, manager.product, manager.binaries),
    ),
    preparedAt: now(),
    activatedAt: null,
    followedAt: null,
  };
}
