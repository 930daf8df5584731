import { makeDirectory } from '@gitcron/base/make-directory';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { absent } from '@gitcron/base/absence';
import { FULL_HASH } from '@gitcron/base/full-hash';

/**
 * The code volume: what its readers may rely on, and where we work.
 *
 *     revisions/<hash>/      a complete work tree; read-only, never changed
 *     revisions/<hash>.json  its commit (see PublishedCommit)
 *     revisions/<hash>.changes.json  what it changed (see writeChanges); a little later, or never
 *     current                a relative link to the newest, swapped by rename
 *     status.json            see Status
 *     clone/, modules/       bare clones, of the repository and its submodules: a cache, see Clone
 *     inventory              how the newest revision was made: see Inventory
 *     building/              everything half-made; swept at each start
 *     git-sync.*             the lock: see takeSocketLock
 */
export interface Volume {
  readonly root: string;
  readonly revisions: string;
  readonly current: string;
  readonly status: string;
  readonly clone: string;
  readonly modules: string;
  readonly inventory: string;
  readonly building: string;
  readonly lock: string;
}

export function volumeAt(root: string): Volume {
  return {
    root,
    revisions: join(root, 'revisions'),
    current: join(root, 'current'),
    status: join(root, 'status.json'),
    clone: join(root, 'clone'),
    modules: join(root, 'modules'),
    inventory: join(root, 'inventory'),
    building: join(root, 'building'),
    lock: join(root, 'git-sync.sock'),
  };
}

/** Clears away what an earlier life left half-made. For whoever holds the volume only. */
export async function sweepVolume(volume: Volume): Promise<void> {
  await makeDirectory(volume.revisions);
  await removeTree(volume.building);
  await makeDirectory(volume.building);
  // Where versions before this one had the clones of submodules.
  if (await isDirectory(volume.clone)) await removeTree(join(volume.clone, 'modules'));
}

/** A path that nobody uses, on the same file system as all the rest, so that a rename publishes it. */
export function scratchPath(volume: Volume, name: string): string {
  return join(volume.building, `${name}.${randomBytes(6).toString('hex')}`);
}

export function revisionPath(volume: Volume, hash: string): string {
  return join(volume.revisions, hash);
}

/** The hash that `current` points to, or null when there is no link to a revision that is there. */
export async function currentRevision(volume: Volume): Promise<string | null> {
  const target = await readlink(volume.current).catch(absent);
  if (target === null || target !== join('revisions', basename(target))) return null;
  const hash = basename(target);
  return FULL_HASH.test(hash) && (await isDirectory(revisionPath(volume, hash))) ? hash : null;
}

/** Swaps the link: a reader sees the old revision or the new one, never neither. */
export async function linkCurrent(volume: Volume, hash: string): Promise<void> {
  const link = scratchPath(volume, 'current');
  await symlink(join('revisions', hash), link);
  // A rename does not replace a directory that somebody put in the link's place.
  if (await isDirectory(volume.current)) await discard(volume, volume.current);
  await rename(link, volume.current);
  await syncDirectory(volume.root);
}

/** Writes a file so that a reader, or a machine that loses power, sees the old content or the new. */
export async function replaceFile(
  volume: Volume,
  path: string,
  content: string | readonly Buffer[],
): Promise<void> {
  const scratch = scratchPath(volume, basename(path));
  const file = await open(scratch, 'wx', 0o644);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(scratch, path);
}

/** Takes something out of sight at once, then deletes it. */
export async function discard(volume: Volume, path: string): Promise<void> {
  const scratch = scratchPath(volume, 'discarded');
  if (await isDirectory(path)) await chmod(path, 0o755);
  await rename(path, scratch);
  await removeTree(scratch);
}

/** `rm -r`, also of the read-only directories that we publish. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error;
    await makeWritable(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  }
}

/** Deletes what is in a directory of a tree, whose own place may be in a read-only one. */
export async function emptyDirectory(path: string): Promise<void> {
  const root = Buffer.from(path);
  const names = await readdir(root, { encoding: 'buffer' });
  if (names.length === 0) return;
  await makeWritable(root);
  for (const name of names) await rm(inside(root, name), { recursive: true, force: true });
}

async function makeWritable(directory: Buffer): Promise<void> {
  await chmod(directory, 0o755);
  // File names are bytes; a name that is not UTF-8 has no string.
  const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  for (const entry of entries) {
    if (entry.isDirectory()) {
      await makeWritable(Buffer.concat([directory, Buffer.from('/'), entry.name]));
    }
  }
}

/** A path below a directory, in bytes, as git has them. */
export function inside(directory: Buffer, path: Buffer): Buffer {
  return path.length === 0 ? directory : Buffer.concat([directory, Buffer.from('/'), path]);
}

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(absent)) !== null;
}

export async function isDirectory(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(absent);
  return stats?.isDirectory() ?? false;
}

/** Makes renames in a directory last through a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
