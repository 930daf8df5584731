import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { entriesOf, joinBytes } from './byte-path.ts';

/** What a plain directory holds that is no code: never copied, never watched. */
export const NOT_CODE: ReadonlySet<string> = new Set(['.git', '.gitcron', '.venv', 'node_modules']);

/**
 * Twelve hexadecimal digits that change when a file under `directory` is added, removed or
 * written. Looks at names, sizes and times and not at contents, so that asking is cheap.
 */
export async function fingerprint(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const line of describeTree(Buffer.from(directory))) hash.update(line);
  return hash.digest('hex').slice(0, 12);
}

async function* describeTree(directory: Buffer): AsyncGenerator<string> {
  const entries = await entriesOf(directory);
  for (const entry of entries.toSorted(byName)) {
    if (NOT_CODE.has(entry.name.toString())) continue;
    const path = joinBytes(directory, entry.name);
    if (entry.isDirectory()) {
      yield* describeTree(path);
    } else {
      const { mode, size, mtimeMs } = await lstat(path);
      yield `${path.toString('latin1')}\0${mode} ${size} ${mtimeMs}\n`;
    }
  }
}

function byName(a: Dirent<Buffer>, b: Dirent<Buffer>): number {
  return a.name.compare(b.name);
}
