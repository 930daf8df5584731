import { lstatSync } from 'node:fs';
import { NotARegularFile, readRegularFileSync } from '@gitcron/base/regular-file';

/**
 * Reads a small file of the state volume. What a damaged volume may have in its place is refused at
 * once: see `readRegularFile`.
 * @throws Error, that of the system call where there is one.
 */
export function readSmallFile(path: string): string {
  try {
    return readRegularFileSync(path).toString('utf8');
  } catch (cause) {
    if (cause instanceof NotARegularFile) throw cause;
    const found = lstatSync(path, { throwIfNoEntry: false });
    // A link that leads nowhere is no absence: something was there.
    if (found?.isSymbolicLink() === true)
      throw new Error(`${path} is a link to nothing.`, { cause });
    throw cause;
  }
}
