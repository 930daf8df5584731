import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import type { ReleaseName } from '../events.ts';
import { readSmallFile } from '../state/read-small.ts';
import type { StateVolume } from './state-volume.ts';

const descriptionSchema = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  /** Where its commit came from; null when that is not known. */
  repository: z.string().nullable().default(null),
  dependencyHash: z.string().nullable(),
  /** `sha256sum` lines of the manifests, lockfiles and package manager settings. */
  packageChecksums: z.string(),
  /** The same of the crontab. */
  crontabChecksum: z.string(),
  /** What it was made with; with another PACKAGE_FILE or another Node it is made again. */
  madeWith: z.object({
    packageFile: z.string(),
    /** By dependency manager: `{"npm": "linux x64 node-abi-137"}`. */
    platforms: z.record(z.string(), z.string()),
  }),
  /** The sets under `deps/` that the release links to. */
  dependencySets: z.array(z.string()),
  /** Directories of installed commands, relative to the release, first on the PATH of its runs. */
  binaries: z.array(z.string()),
  preparedAt: z.number(),
  /** Null as long as it has never been current. */
  activatedAt: z.number().nullable(),
  /** When the source last made it current; a rollback leaves this as it is. */
  followedAt: z.number().nullable().default(null),
});

/** A release as `<revision>.json` beside it describes it. */
export type ReleaseDescription = z.output<typeof descriptionSchema>;

/** A revision made runnable. */
export interface Release {
  readonly name: ReleaseName;
  /** Absolute. */
  readonly directory: string;
  readonly description: ReleaseDescription;
}

/** Whether a rollback made it current, and not the source. */
export function isGoneBackTo({ description }: Release): boolean {
  const { followedAt, activatedAt } = description;
  return followedAt !== null && followedAt !== activatedAt;
}

export function releaseDirectory(volume: StateVolume, revision: string): string {
  return join(volume.releases, revision);
}

export function descriptionFile(volume: StateVolume, revision: string): string {
  return `${releaseDirectory(volume, revision)}.json`;
}

export async function writeDescription(
  volume: StateVolume,
  description: ReleaseDescription,
): Promise<void> {
  const file = descriptionFile(volume, description.revision);
  await writeFileAtomic(file, `${JSON.stringify(description, null, 2)}\n`);
}

/** The prepared release of a revision; null when there is none, or none that we can read. */
export async function readRelease(volume: StateVolume, revision: string): Promise<Release | null> {
  const directory = releaseDirectory(volume, revision);
  try {
    await readdir(directory);
    const description = readDescription(descriptionFile(volume, revision));
    return description && toRelease(directory, description);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** Null for a description that is missing, damaged or of another version of Gitcron. */
function readDescription(file: string): ReleaseDescription | null {
  try {
    return descriptionSchema.parse(JSON.parse(readSmallFile(file)));
  } catch {
    return null;
  }
}

/** Every prepared release, the one activated last first. */
export async function listReleases(volume: StateVolume): Promise<Release[]> {
  const names = await readdir(volume.releases);
  const revisions = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  const releases = await Promise.all(revisions.map((revision) => readRelease(volume, revision)));
  return releases
    .filter((release) => release !== null)
    .toSorted((a, b) => lastUse(b.description) - lastUse(a.description));
}

function lastUse({ activatedAt, preparedAt }: ReleaseDescription): number {
  return activatedAt ?? preparedAt;
}

/** The release that the source had made current before `revision`; null when none is left. */
export function predecessorOf(
  revision: string | null,
  releases: readonly Release[],
): Release | null {
  const order = releases
    .filter(({ description }) => description.activatedAt !== null)
    .toSorted((a, b) => placeInOrder(b.description) - placeInOrder(a.description));
  const place = order.findIndex(({ name }) => name.revision === revision);
  return order[place + 1] ?? null;
}

/** A description of an earlier version does not tell since when it was followed. */
function placeInOrder({ followedAt, activatedAt, preparedAt }: ReleaseDescription): number {
  return followedAt ?? activatedAt ?? preparedAt;
}

/** The revision that `current` points to; null before the first activation. */
export async function currentRevision(volume: StateVolume): Promise<string | null> {
  try {
    return basename(await readlink(volume.current));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

export function toRelease(directory: string, description: ReleaseDescription): Release {
  const { revision, subject, author, dependencyHash } = description;
  return { name: { revision, subject, author, dependencyHash }, directory, description };
}
