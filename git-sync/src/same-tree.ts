import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { openRegularFile } from '@gitcron/base/regular-file';
import { inside } from './volume.ts';

/** Of each of two files at once. */
const PIECE_BYTES = 256 * 1024;

/** Whether two directories hold the same names, permissions and contents; their own permissions apart. */
export async function isSameTree(a: Buffer, b: Buffer): Promise<boolean> {
  const [names, others] = await Promise.all([namesIn(a), namesIn(b)]);
  if (names.length !== others.length) return false;
  for (const [index, name] of names.entries()) {
    if (others[index]?.equals(name) !== true) return false;
    if (!(await isSame(inside(a, name), inside(b, name)))) return false;
  }
  return true;
}

async function namesIn(directory: Buffer): Promise<Buffer[]> {
  const names = await readdir(directory, { encoding: 'buffer' });
  return names.toSorted((a, b) => a.compare(b));
}

async function isSame(a: Buffer, b: Buffer): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(a), lstat(b)]);
  if (one.mode !== other.mode || one.uid !== other.uid) return false;
  if (one.isDirectory()) return isSameTree(a, b);
  if (one.size !== other.size) return false;
  if (one.isSymbolicLink()) return (await target(a)).equals(await target(b));
  return isOneInode(one, other) || (one.isFile() && holdTheSame(a, b));
}

function isOneInode(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function target(link: Buffer): Promise<Buffer> {
  return readlink(link, { encoding: 'buffer' });
}

async function holdTheSame(a: Buffer, b: Buffer): Promise<boolean> {
  await using one = await openRegularFile(a);
  await using other = await openRegularFile(b);
  for (;;) {
    const [piece, another] = await Promise.all([read(one), read(other)]);
    if (!piece.equals(another)) return false;
    if (piece.length === 0) return true;
  }
}

async function read(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES));
  return buffer.subarray(0, bytesRead);
}
