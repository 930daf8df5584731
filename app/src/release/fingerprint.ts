import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a plain directory holds that is no code: never copied, never watched. */
export const NOT_CODE: ReadonlySet<string> = new Set(['.git', '.gitcron', '.venv', 'node_modules']);

/**
 * Twelve hexadecimal digits that change when a file under `directory` is added, removed or
 * written. Looks at names, sizes and times and not at contents, so that asking is cheap.
 */
export async function fingerprint(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const line of describeTree(directory, '')) hash.update(line);
  return hash.digest('hex').slice(0, 12);
}

async function* describeTree(root: string, under: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, under), { withFileTypes: true });
  for (const entry of entries.toSorted(byName)) {
    if (NOT_CODE.has(entry.name)) continue;
    const path = join(under, entry.name);
    if (entry.isDirectory()) {
      yield* describeTree(root, path);
    } else {
      const { mode, size, mtimeMs } = await lstat(join(root, path));
      yield `${JSON.stringify(path)} ${mode} ${size} ${mtimeMs}\n`;
    }
  }
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
