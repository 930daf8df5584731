import { readFileSync, statSync, type BigIntStats } from 'node:fs';

/** Written so recently, a file may change once more without a change of its times. */
const SETTLED_NS = 100_000_000n;

interface Known {
  readonly inode: bigint;
  readonly changed: bigint;
  readonly size: bigint;
}

/**
 * Files that hold secrets and are replaced by new ones while we run. They are looked at before
 * whatever comes in the same turn of the event loop is masked: what was written by then is known.
 *
 * @returns every content that was seen so far, the same list as long as there is no other. What is
 *   not to be read is left out; whoever needs the file tells what is wrong with it.
 */
export function watchSecretFiles(paths: readonly string[]): () => readonly string[] {
  const known = new Map<string, Known>();
  let contents: readonly string[] = [];
  let looked = false;

  function look(path: string): void {
    const stats = statOf(path);
    // Reading a pipe would have us wait for whoever writes to it.
    if (stats === null || !stats.isFile() || isSame(known.get(path), stats)) return;
    const content = contentIfReadable(path);
    if (content === null) return;
    const { ino: inode, ctimeNs: changed, size } = stats;
    const age = BigInt(Date.now()) * 1_000_000n - changed;
    if (age > SETTLED_NS || age < 0n) known.set(path, { inode, changed, size });
    if (content !== '' && !contents.includes(content)) contents = [...contents, content];
  }

  return () => {
    if (paths.length === 0 || looked) return contents;
    looked = true;
    setImmediate(() => {
      looked = false;
    });
    for (const path of paths) look(path);
    return contents;
  };
}

function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function isSame(known: Known | undefined, { ino, ctimeNs, size }: BigIntStats): boolean {
  return known?.inode === ino && known.changed === ctimeNs && known.size === size;
}

function contentIfReadable(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
