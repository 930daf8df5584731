import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import { CONFIG_FILE } from './git/git.ts';
import type { Filters } from './lfs.ts';
import type { TreeEntry } from './list-tree.ts';

/**
 * Names everything that decides how git writes a file besides the file's own object: configuration,
 * attributes, and the filters that are there (gitattributes(5)). A file is shared only between trees
 * of one recipe.
 */
export async function recipeOf(
  gitDir: string,
  entries: readonly TreeEntry[],
  { version }: Filters,
): Promise<string> {
  const hash = createHash('sha256').update(`${version}\0`);
  // Nobody but an operator with an editor writes into the clone's own two.
  for (const path of [CONFIG_FILE, join(gitDir, 'config'), join(gitDir, 'info/attributes')]) {
    hash.update(`${(await readRegularFile(path).catch(noFile))?.toString('utf8') ?? null}\0`);
  }
  for (const { mode, object, path } of entries) {
    if (isAttributes(path) || path.equals(LFS_CONFIG))
      hash.update(`${mode} ${object} `).update(path).update('\0');
  }
  return hash.digest('hex');
}

/** It can say which files stay pointers (git-lfs-config(5), lfs.fetchexclude). */
const LFS_CONFIG = Buffer.from('.lfsconfig');
const NAME = Buffer.from('.gitattributes');

function isAttributes(path: Buffer): boolean {
  const start = path.length - NAME.length;
  if (start < 0 || path.compare(NAME, 0, NAME.length, start) !== 0) return false;
  return start === 0 || path[start - 1] === 0x2f;
}
