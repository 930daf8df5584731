import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as newUuid, validate } from 'uuid';

/** The name of a state volume: made with it, and the same for every supervisor that uses it. */
export function ownerOf(directory: string): string {
  const file = join(directory, 'owner');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const owner = readFileSync(file, 'utf8').trim();
    if (validate(owner)) return owner;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const owner = newUuid();
  writeFileSync(file, `${owner}\n`, { mode: 0o600 });
  return owner;
}
