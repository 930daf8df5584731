import { createHash } from 'node:crypto';
import { createReadStream, linkSync } from 'node:fs';
import pMap from 'p-map';
import { objectFormat } from '@gitcron/base/full-hash';
import { inSlices } from './in-slices.ts';
import { factsOf, lookAt, madeOf, type TreeInventory } from './inventory.ts';
import { isRegularFile, type TreeEntry } from './list-tree.ts';
import { inside } from './volume.ts';

/** Of files that are read at the same time. */
const CONCURRENCY = 8;

/** A published tree that a new one may share its files with. */
export interface SharedTree {
  readonly directory: Buffer;
  readonly inventory: TreeInventory;
}

/**
 * Hard-links into `into` what the published tree has of these entries, if it is what was published:
 * by stat(2), or, where that differs, by what is in it.
 *
 * @returns the entries that are not shared and that git has to write.
 */
export async function shareFiles(
  entries: readonly TreeEntry[],
  into: Buffer,
  { directory, inventory }: SharedTree,
): Promise<TreeEntry[]> {
  const unshared = new Set(entries);
  const share = (entry: TreeEntry) => {
    if (tryLink(inside(directory, entry.path), inside(into, entry.path))) unshared.delete(entry);
  };
  const doubtful: { readonly entry: TreeEntry; readonly size: number }[] = [];
  await inSlices(entries.filter(isRegularFile), (entry) => {
    const { mode, object, path } = entry;
    const recorded = inventory.files.get(path.toString('latin1'));
    if (recorded?.startsWith(`${mode} ${object} `) !== true) return;
    const stats = lookAt(inside(directory, path));
    if (stats === null) return;
    if (factsOf(mode, object, stats) === recorded) share(entry);
    else if (recorded.startsWith(`${madeOf(mode, object, stats)} ${stats.size} `)) {
      doubtful.push({ entry, size: stats.size });
    }
  });
  const examine = async ({ entry, size }: (typeof doubtful)[number]) => {
    if (await holds(inside(directory, entry.path), size, entry.object)) share(entry);
  };
  await pMap(doubtful, examine, { concurrency: CONCURRENCY });
  return entries.filter((entry) => unshared.has(entry));
}

/**
 * Whether a file's content is the object itself (gitformat-pack(5), githash). What a filter wrote is
 * another; then git writes it anew.
 */
async function holds(path: Buffer, size: number, object: string): Promise<boolean> {
  const hash = createHash(objectFormat(object)).update(`blob ${size}\0`);
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch {
    return false;
  }
  return hash.digest('hex') === object;
}

function tryLink(existing: Buffer, path: Buffer): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch {
    // Too many links, a file system without them, a damaged base: git writes the file instead.
    return false;
  }
}
