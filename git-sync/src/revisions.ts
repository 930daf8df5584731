import { lstatSync } from 'node:fs';
import { chmod, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FULL_HASH } from '@gitcron/base/full-hash';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import { isSameRepository } from '@gitcron/base/same-repository';
import {
  currentRevision,
  discard,
  isDirectory,
  linkCurrent,
  removeTree,
  replaceFile,
  revisionPath,
  syncDirectory,
  type Volume,
} from './volume.ts';

const publishedCommit = z.object({
  hash: z.string().regex(FULL_HASH),
  /** The first line of its message. */
  subject: z.string(),
  author: z.string(),
  authorEmail: z.string(),
  /** ISO 8601, as the committer's clock had it. */
  committedAt: z.string(),
  /** ISO 8601; of the last time it was published. */
  publishedAt: z.iso.datetime(),
  /** Where it came from last; null in records of versions that did not say. */
  repository: z.string().nullable().default(null),
});

/** What `revisions/<hash>.json` holds, and the app shows. */
export type PublishedCommit = Readonly<z.output<typeof publishedCommit>>;

/** Whether a commit came from this repository, or may have. */
export function isOf({ repository }: PublishedCommit, url: string): boolean {
  return repository === null || isSameRepository(repository, url);
}

/**
 * Moves a finished tree into its place, then the link to it.
 *
 * The order makes half of it harmless at any instant: without its `.json` a tree counts as unfinished,
 * and the link comes last.
 */
export async function publish(
  volume: Volume,
  commit: PublishedCommit,
  tree: string,
): Promise<void> {
  const path = revisionPath(volume, commit.hash);
  await makeRoom(volume, commit.hash);
  // A directory must be writable to be moved, so its own bit comes last.
  await rename(tree, path);
  await chmod(path, 0o555);
  await syncDirectory(volume.revisions);
  try {
    await publishAgain(volume, commit);
  } catch (error) {
    // On a full disk half of a publish would stand in the way of the next one.
    if ((await currentRevision(volume)) !== commit.hash) {
      await removeTree(recordPath(volume, commit.hash));
      await discard(volume, path);
    }
    throw error;
  }
}

/** Readers may still be in a complete revision: it is set aside for as long as an old one is kept. */
async function makeRoom(volume: Volume, hash: string): Promise<void> {
  const path = revisionPath(volume, hash);
  if (!(await isDirectory(path))) return;
  const isComplete = (await readRevision(volume, hash)) !== null;
  if (isComplete) await rename(path, `${path}${SET_ASIDE}${Date.now()}`);
  else await discard(volume, path);
}

const SET_ASIDE = '.set-aside-';

/** Trees that were not as published any more and that another took the place of, and since when. */
export async function listSetAside(
  volume: Volume,
): Promise<{ readonly path: string; readonly since: number }[]> {
  const names = await readdir(volume.revisions);
  return names
    .filter((name) => name.includes(SET_ASIDE))
    .map((name) => ({
      path: join(volume.revisions, name),
      since: Number(name.split(SET_ASIDE)[1]) || 0,
    }));
}

/** Points the link at a revision that is complete. */
export async function publishAgain(volume: Volume, commit: PublishedCommit): Promise<void> {
  await writeRecord(volume, commit);
  await linkCurrent(volume, commit.hash);
}

export async function writeRecord(volume: Volume, commit: PublishedCommit): Promise<void> {
  const path = recordPath(volume, commit.hash);
  if (await isDirectory(path)) await discard(volume, path);
  await replaceFile(volume, path, `${JSON.stringify(commit, null, 2)}\n`);
}

/** Where it stands what the commit changed; see `writeChanges`. */
export function changesPath(volume: Volume, hash: string): string {
  return `${revisionPath(volume, hash)}.changes.json`;
}

/** Whether there is a record at all; `sweepRevisions` has looked into it at the start. */
export function hasRecord(volume: Volume, hash: string): boolean {
  return lstatSync(recordPath(volume, hash), { throwIfNoEntry: false })?.isFile() ?? false;
}

function recordPath(volume: Volume, hash: string): string {
  return `${revisionPath(volume, hash)}.json`;
}

/** @returns the commit of a complete revision; null when it is not there or not finished. */
export async function readRevision(volume: Volume, hash: string): Promise<PublishedCommit | null> {
  if (!(await isDirectory(revisionPath(volume, hash)))) return null;
  const content = await readRegularFile(recordPath(volume, hash)).catch(noFile);
  if (content === null) return null;
  try {
    return publishedCommit.parse(JSON.parse(content.toString('utf8')));
  } catch {
    // A file cut short says what a missing one says: unfinished.
    return null;
  }
}

/** Every complete revision, the one published last first. */
export async function listRevisions(volume: Volume): Promise<PublishedCommit[]> {
  const names = await readdir(volume.revisions);
  const found = await Promise.all(
    names.filter((name) => FULL_HASH.test(name)).map((name) => readRevision(volume, name)),
  );
  return found
    .filter((commit) => commit !== null)
    .toSorted((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
}

/**
 * Deletes trees without their record and records without their tree: what a crash left of a publish or
 * a prune. Of the current revision a record that says nothing goes alone; the next look makes it anew.
 */
export async function sweepRevisions(volume: Volume): Promise<void> {
  const current = await currentRevision(volume);
  const complete = new Set((await listRevisions(volume)).map(({ hash }) => hash));
  for (const name of await readdir(volume.revisions)) {
    const hash = name.replace(/(?:\.changes)?\.json$/, '');
    const isOfCurrent = hash === current && name === hash;
    if (!isOfCurrent && !complete.has(hash)) {
      await discard(volume, join(volume.revisions, name));
    }
  }
}

/**
 * The hash that is published. A link that was deleted, replaced or left dangling is put back on the
 * revision of this repository that was published last, whatever the remote is doing.
 */
export async function restoreCurrent(
  volume: Volume,
  url: string,
): Promise<{ readonly hash: string | null; readonly restored: boolean }> {
  const hash = await currentRevision(volume);
  if (hash !== null) return { hash, restored: false };
  const newest = (await listRevisions(volume)).find((commit) => isOf(commit, url));
  if (newest === undefined) return { hash: null, restored: false };
  await linkCurrent(volume, newest.hash);
  return { hash: newest.hash, restored: true };
}
