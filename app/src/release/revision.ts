import { lstat, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { fingerprint } from './fingerprint.ts';

/** A commit as the source shows it, not yet runnable. */
export interface Revision {
  /** The commit hash, or `dir-<hash>` for a plain directory. */
  readonly id: string;
  /** The directory behind the link, resolved once: whoever reads, reads all of it there. */
  readonly directory: string;
  readonly subject: string;
  readonly author: string;
}

/** The form in which a person reads it. */
export function shortRevision(id: string): string {
  return id.startsWith('dir-') ? id : id.slice(0, 8);
}

export interface Source {
  /** SOURCE_DIR: a git-sync volume, its link itself, or a plain directory. */
  readonly directory: string;
  /** What a plain directory must hold before it counts as code. */
  readonly cronFile: string;
}

/**
 * What the source shows now; null while there is nothing yet.
 *
 * Three shapes are accepted: a directory that holds a `current` link (our git-sync), a link
 * itself (kubernetes/git-sync), and a plain directory (local development).
 */
export async function readRevision({ directory, cronFile }: Source): Promise<Revision | null> {
  const link = await sourceLink(directory);
  if (link !== null) return publishedRevision(link);
  const isCode = await exists(join(directory, cronFile));
  return isCode ? plainDirectory(directory) : null;
}

/** The path of the source's link; null when the source is no published volume. */
export async function sourceLink(directory: string): Promise<string | null> {
  for (const path of [directory, join(directory, 'current')]) {
    if (await isLink(path)) return path;
  }
  return null;
}

async function publishedRevision(link: string): Promise<Revision | null> {
  const directory = await orNull(realpath(link));
  if (directory === null) return null;
  // A link to somewhere that no commit names, such as a developer's own directory.
  if (!COMMIT.test(basename(directory))) return plainDirectory(directory);
  const description = await readDescription(dirname(directory), basename(directory));
  return { id: basename(directory), directory, ...description };
}

/** SHA-1 or SHA-256, in full (gitformat-pack(5)). */
const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

const descriptionSchema = z.object({
  subject: z.string().default(''),
  author: z.string().default(''),
});

/** git-sync puts `<hash>.json` beside the tree; another publisher may not. */
async function readDescription(parent: string, id: string) {
  const text = await orNull(readFile(join(parent, `${id}.json`), 'utf8'));
  if (text === null) return { subject: '', author: '' };
  return descriptionSchema.parse(JSON.parse(text));
}

async function plainDirectory(directory: string): Promise<Revision> {
  const id = `dir-${await fingerprint(directory)}`;
  return { id, directory, subject: `files of ${directory}`, author: '' };
}

async function isLink(path: string): Promise<boolean> {
  return (await orNull(readlink(path))) !== null;
}

async function exists(path: string): Promise<boolean> {
  return (await orNull(lstat(path))) !== null;
}

/** A path that is not there, or is not of the kind asked for, is an answer; any other failure is not. */
async function orNull<Value>(result: Promise<Value>): Promise<Value | null> {
  try {
    return await result;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

export function isAbsence(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EINVAL')
  );
}
