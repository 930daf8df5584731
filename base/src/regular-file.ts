import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { isAbsence } from './absence.ts';

/** Opening a named pipe waits for its writer, and a terminal must not become ours. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Many times what any file has that is read as a whole. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A pipe, a socket, a device or a directory in the place of a file; or one larger than can be. */
export class NotARegularFile extends Error {
  override readonly name = 'NotARegularFile';
}

/**
 * Reads a file in whose place there may be something else: a pipe would have us wait for whoever
 * writes to it, and a device for its end.
 *
 * @throws NotARegularFile, or the error of the system call.
 */
export async function readRegularFile(
  path: string | Buffer,
  mostBytes: number = MOST_BYTES,
): Promise<Buffer> {
  await using file = await openRegularFile(path, mostBytes);
  return await file.readFile();
}

/** For one that is too large to be read as a whole. */
export async function openRegularFile(
  path: string | Buffer,
  mostBytes: number = Infinity,
): Promise<FileHandle> {
  const file = await open(path, FLAGS);
  try {
    check(path, await file.stat(), mostBytes);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The same at once. */
export function readRegularFileSync(path: string | Buffer, mostBytes: number = MOST_BYTES): Buffer {
  const file = openSync(path, FLAGS);
  try {
    check(path, fstatSync(file), mostBytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function check(path: string | Buffer, stats: Stats, mostBytes: number): void {
  if (!stats.isFile()) throw new NotARegularFile(`${String(path)} is not a regular file.`);
  if (stats.size > mostBytes)
    throw new NotARegularFile(`${String(path)} has ${stats.size} bytes, which is too much.`);
}

/** For `.catch`: there is no such file, whatever else may stand in its place. */
export function noFile(error: unknown): null {
  if (error instanceof NotARegularFile || isAbsence(error)) return null;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // What open(2) says of a socket and of a loop of links.
  if (code === 'ENXIO' || code === 'ELOOP') return null;
  throw error;
}
