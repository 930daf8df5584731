import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';

/** Many times what any small file of ours ever has. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads a small file of the state volume. What a damaged volume may have in its place is refused at
 * once: a pipe would have us wait for whoever writes to it, and gigabytes for their end.
 * @throws Error, that of the system call where there is one.
 */
export function readSmallFile(path: string): string {
  const descriptor = open(path);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error(`${path} is not a file.`);
    if (stats.size > MOST_BYTES)
      throw new Error(`${path} has ${stats.size} bytes, which cannot be.`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    // A link that leads nowhere is no absence: something was there.
    if (found?.isSymbolicLink() === true)
      throw new Error(`${path} is a link to nothing.`, { cause });
    throw cause;
  }
}
