import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

/**
 * Paths as bytes. Git does not say in which encoding names are, and a name that is not UTF-8 has
 * no string: a tree of somebody else's is walked with these.
 */
export function joinBytes(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SLASH, name]);
}

const SLASH = Buffer.from('/');

export function entriesOf(directory: Buffer): Promise<Dirent<Buffer>[]> {
  return readdir(directory, { withFileTypes: true, encoding: 'buffer' });
}
