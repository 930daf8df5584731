import { chmod, lchown, lstat, rm, unlink } from 'node:fs/promises';
import { execa } from 'execa';
import pMap from 'p-map';
import type { ProcessUser } from '../processes/process-user.ts';
import { entriesOf, joinBytes } from '../sync/byte-path.ts';
import { publicMode } from './copy-tree.ts';

/**
 * Trees that the user who installs works in. In the container the supervisor is root with
 * CAP_CHOWN and without CAP_DAC_OVERRIDE and CAP_FOWNER: what it does not own it may neither
 * read, if its mode says so, nor delete, nor change the mode of. So it becomes the owner first.
 */

/** Gives a tree of the supervisor's away. Links are given themselves, never what they point to. */
export async function giveTree(directory: string, owner: ProcessUser): Promise<void> {
  await execa('chown', ['-RhP', `${owner.uid}:${owner.gid}`, '--', directory]);
}

/**
 * Makes the supervisor the owner again and lets everybody read and nobody else write.
 *
 * Goes from the top down, and each directory is taken before it is read: nothing in it can be
 * exchanged for something else by then, whoever is still running.
 */
export async function takeTreeBack(directory: string, from: ProcessUser): Promise<void> {
  // The owner of a file that is setuid can't be changed without CAP_FOWNER (chown(2)); only its
  // present owner can make it an ordinary one.
  await execa('chmod', ['-R', 'u+rwX,ug-s', '--', directory], { ...from, reject: false });
  const taken = new Set<number>();
  await takeDirectory(Buffer.from(directory), (path) => takeFile(path, from, taken));
}

/** Deletes a tree, whoever owns its directories and whatever their modes are. */
export async function deleteTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await takeDirectory(Buffer.from(directory));
    await rm(directory, { recursive: true, force: true });
  }
}

async function takeDirectory(
  directory: Buffer,
  onFile: (path: Buffer) => Promise<void> = async () => {},
): Promise<void> {
  await lchown(directory, ...supervisor());
  await chmod(directory, 0o755);
  const entries = await entriesOf(directory);
  const files = entries.filter((entry) => !entry.isDirectory());
  await pMap(files, ({ name }) => onFile(joinBytes(directory, name)), { concurrency: 16 });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    await takeDirectory(joinBytes(directory, name), onFile);
  }
}

async function takeFile(path: Buffer, from: ProcessUser, taken: Set<number>): Promise<void> {
  const stats = await lstat(path);
  // Another name of a file that is taken already; esbuild installs such pairs.
  if (taken.has(stats.ino)) return;
  if (stats.uid !== from.uid) {
    // It cannot have made a file of somebody else's: this is a hard link to one that lives
    // elsewhere, and taking it would change that one.
    await unlink(path);
    return;
  }
  if (stats.nlink > 1) taken.add(stats.ino);
  await lchown(path, ...supervisor());
  if (stats.isFile()) await chmod(path, publicMode(stats.mode));
}

function supervisor(): [uid: number, gid: number] {
  return [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  );
}
