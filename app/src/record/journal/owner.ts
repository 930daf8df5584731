import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as newUuid, validate } from 'uuid';
import { readSmallFile } from '../../state/read-small.ts';

/** The name of a state volume: made with it, and the same for every supervisor that uses it. */
export function ownerOf(directory: string): string {
  const file = join(directory, 'owner');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const known = nameIn(file);
  if (known !== null) return known;
  // Whatever lies there in its place.
  rmSync(file, { recursive: true, force: true });
  const owner = newUuid();
  writeFileSync(file, `${owner}\n`, { mode: 0o600 });
  return owner;
}

/** Null where there is none, or none that can be read: history begins to belong to another volume then. */
function nameIn(file: string): string | null {
  try {
    const owner = readSmallFile(file).trim();
    return validate(owner) ? owner : null;
  } catch {
    return null;
  }
}
