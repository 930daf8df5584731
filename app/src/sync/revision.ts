import { FULL_HASH } from '@gitcron/base/full-hash';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { absent } from '@gitcron/base/absence';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import { isSameRepository } from '@gitcron/base/same-repository';
import { fingerprint, NOT_CODE } from './fingerprint.ts';
import { readSyncStatus } from './sync-status.ts';

/** A commit as the source shows it, not yet runnable. */
export interface Revision {
  /** The commit hash, or `dir-<hash>` for a plain directory. */
  readonly id: string;
  /** The directory behind the link, resolved once: whoever reads, reads all of it there. */
  readonly directory: string;
  readonly subject: string;
  readonly author: string;
  /** Where it came from, as git-sync says; a plain directory is its own. Null: not known. */
  readonly repository: string | null;
}

/** The form in which a person reads it. */
export function shortRevision(id: string): string {
  return id.startsWith('dir-') ? id : id.slice(0, 7);
}

/** A commit's first line behind its hash. */
export function quoted(subject: string): string {
  return subject === '' ? '' : ` “${subject}”`;
}

/**
 * Names that are not copied into a release, at any depth. A published tree is copied whole, but
 * for the pointer to the clone that kubernetes/git-sync leaves in it.
 */
export function namesToLeaveOut({ id }: Revision): ReadonlySet<string> {
  return id.startsWith('dir-') ? NOT_CODE : GIT_ONLY;
}

const GIT_ONLY: ReadonlySet<string> = new Set(['.git']);

export interface Source {
  /** SOURCE_DIR: a git-sync volume, its link itself, or a plain directory. */
  readonly directory: string;
  /** What a plain directory must hold before it counts as code. */
  readonly cronFile: string;
}

/**
 * The forms a source can have: a link that a publisher swaps (kubernetes/git-sync), a volume that
 * holds such a link named `current` (our git-sync), a plain directory (local development).
 */
export type SourceShape = 'link' | 'volume' | 'plain' | 'nothing';

export async function sourceShape({ directory, cronFile }: Source): Promise<SourceShape> {
  const target = (await isLink(directory)) ? await realpath(directory).catch(absent) : null;
  if (target !== null && FULL_HASH.test(basename(target))) return 'link';
  if (await exists(join(directory, cronFile))) return 'plain';
  return (await isLink(join(directory, 'current'))) ? 'volume' : 'nothing';
}

/** What the source shows now of the repository that it follows; null while there is nothing yet. */
export async function readRevision(source: Source): Promise<Revision | null> {
  const revision = await shownRevision(source);
  const followed = await readRepository(source);
  return revision !== null && isOfAnother(revision.repository, followed) ? null : revision;
}

/** Which repository the source follows, also while it shows no commit of it; null when it does not say. */
export async function readRepository(source: Source): Promise<string | null> {
  const shape = await sourceShape(source);
  if (shape === 'plain') return realpath(source.directory);
  return shape === 'link' ? null : ((await readSyncStatus(source.directory))?.repository ?? null);
}

/** Whether something is known to come from another repository than the one that is followed. */
export function isOfAnother(repository: string | null, followed: string | null): boolean {
  return repository !== null && followed !== null && !isSameRepository(repository, followed);
}

async function shownRevision(source: Source): Promise<Revision | null> {
  const shape = await sourceShape(source);
  if (shape === 'link') return publishedRevision(source.directory);
  if (shape === 'volume') return publishedRevision(join(source.directory, 'current'));
  return shape === 'plain' ? plainDirectory(await realpath(source.directory)) : null;
}

async function publishedRevision(link: string): Promise<Revision | null> {
  const directory = await realpath(link).catch(absent);
  if (directory === null) return null;
  // A link to somewhere that no commit names, such as a developer's own directory.
  if (!FULL_HASH.test(basename(directory))) return plainDirectory(directory);
  const description = await readDescription(dirname(directory), basename(directory));
  return { id: basename(directory), directory, ...description };
}

/** What stands beside a published tree, current or not, about its commit. */
export async function describedBeside(source: Source, id: string) {
  const shape = await sourceShape(source);
  const link = shape === 'volume' ? join(source.directory, 'current') : source.directory;
  const shown = await realpath(link).catch(absent);
  return shown === null ? NO_DESCRIPTION : readDescription(dirname(shown), id);
}

const descriptionSchema = z.object({
  subject: z.string().default(''),
  author: z.string().default(''),
  repository: z.string().nullable().default(null),
});

const NO_DESCRIPTION = { subject: '', author: '', repository: null };

/**
 * git-sync puts `<hash>.json` beside the tree; another publisher may put nothing there, or
 * something else. It only says more about the commit, so nothing depends on it.
 */
async function readDescription(parent: string, id: string) {
  const content = await readRegularFile(join(parent, `${id}.json`)).catch(noFile);
  if (content === null) return NO_DESCRIPTION;
  try {
    return descriptionSchema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return NO_DESCRIPTION;
  }
}

async function plainDirectory(directory: string): Promise<Revision> {
  const id = `dir-${await fingerprint(directory)}`;
  return { id, directory, subject: `files of ${directory}`, author: '', repository: directory };
}

async function isLink(path: string): Promise<boolean> {
  return (await readlink(path).catch(absent)) !== null;
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(absent)) !== null;
}
