import { createHash } from 'node:crypto';
import { linkSync } from 'node:fs';
import pMap from 'p-map';
import { objectFormat } from '@gitcron/base/full-hash';
import { openRegularFile } from '@gitcron/base/regular-file';
import { inSlices } from './in-slices.ts';
import { factsOf, lookAt, madeOf, type trustOf, type TreeInventory } from './inventory.ts';
import { isRegularFile, type TreeEntry } from './list-tree.ts';
import { inside } from './volume.ts';

/** Of files that are read at the same time. */
const CONCURRENCY = 8;

/** Not as it was when it was published, though it may hold the same. */
interface Doubtful {
  readonly index: number;
  readonly entry: TreeEntry;
  readonly size: number;
  readonly facts: string;
}

/** A published tree that a new one may share its files with. */
export interface SharedTree {
  readonly directory: Buffer;
  readonly inventory: TreeInventory;
  readonly isTrusted: ReturnType<typeof trustOf>;
}

/**
 * Hard-links into `into` what the published tree has of these entries, if it is what was published:
 * by stat(2), or, where that differs, by what is in it.
 *
 * @returns by entry: its facts; null where it is not shared and git has to write it.
 */
export async function shareFiles(
  entries: readonly TreeEntry[],
  into: Buffer,
  { directory, inventory, isTrusted }: SharedTree,
): Promise<(string | null)[]> {
  const shared = entries.map((): string | null => null);
  const share = (index: number, existing: Buffer, path: Buffer, facts: string) => {
    if (tryLink(existing, inside(into, path))) shared[index] = facts;
  };
  const doubtful: Doubtful[] = [];
  await inSlices(entries.entries(), ([index, entry]) => {
    const { mode, object, path } = entry;
    if (!isRegularFile(entry)) return;
    const recorded = inventory.files.get(path.toString('latin1'));
    if (recorded?.startsWith(`${mode} ${object} `) !== true) return;
    const existing = inside(directory, path);
    const stats = lookAt(existing);
    if (stats === null) return;
    const facts = factsOf(mode, object, stats);
    if (isTrusted(recorded, facts, stats)) share(index, existing, path, recorded);
    else if (recorded.startsWith(`${madeOf(mode, object, stats)} ${stats.size} `)) {
      doubtful.push({ index, entry, size: stats.size, facts });
    }
  });
  const examine = async ({ index, entry, size, facts }: Doubtful) => {
    const existing = inside(directory, entry.path);
    if (await holds(existing, size, entry.object)) share(index, existing, entry.path, facts);
  };
  await pMap(doubtful, examine, { concurrency: CONCURRENCY });
  return shared;
}

/**
 * Whether a file's content is the object itself (gitformat-pack(5), githash). What a filter wrote is
 * another; then git writes it anew.
 */
async function holds(path: Buffer, size: number, object: string): Promise<boolean> {
  const hash = createHash(objectFormat(object)).update(`blob ${size}\0`);
  try {
    const file = await openRegularFile(path);
    for await (const chunk of file.createReadStream()) hash.update(chunk);
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
