import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What directories take, as far as it is known. */
export interface Measured {
  readonly count: number;
  /** Null: not measured yet, or not to be measured here. */
  readonly bytes: number | null;
}

export interface DiskUse {
  readonly freeBytes: number | null;
  readonly totalBytes: number | null;
  readonly releases: Measured;
  readonly dependencies: Measured;
}

export interface MeasuredPlaces {
  readonly root: string;
  readonly releases: string;
  readonly dependencies: string;
}

/** Whoever asks waits for so long; then the numbers come with a later question. */
const PATIENCE_MS = 1500;

const LONGEST_MS = 120_000;

/**
 * Measures what never changes once: each release and each tree of dependencies, by a program of its own
 * that yields to everything else. So many questions cost no more than one.
 */
export function createDiskUse({ root, releases, dependencies }: MeasuredPlaces) {
  const known = new Map<string, number | null>();
  let measuring: Promise<void> | null = null;

  async function measure(paths: readonly string[]): Promise<void> {
    for (const path of paths) known.set(path, await kibibytesOf(path));
  }

  function sum(paths: readonly string[]): Measured {
    let kibibytes: number | null = 0;
    for (const path of paths) {
      const size: number | null = known.get(path) ?? null;
      kibibytes = kibibytes === null || size === null ? null : kibibytes + size;
    }
    return { count: paths.length, bytes: kibibytes === null ? null : kibibytes * 1024 };
  }

  return async (): Promise<DiskUse> => {
    const [ofReleases, ofDependencies, space] = await Promise.all([
      treesIn(releases),
      treesIn(dependencies),
      statfs(root).catch(() => null),
    ]);
    const all = new Set([...ofReleases, ...ofDependencies]);
    for (const path of known.keys()) if (!all.has(path)) known.delete(path);
    const unknown = [...all].filter((path) => !known.has(path));
    if (unknown.length > 0) {
      measuring ??= measure(unknown).finally(() => (measuring = null));
      await Promise.race([measuring, patience()]);
    }
    return {
      freeBytes: space && space.bavail * space.bsize,
      totalBytes: space && space.blocks * space.bsize,
      releases: sum(ofReleases),
      dependencies: sum(ofDependencies),
    };
  };
}

function patience(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, PATIENCE_MS).unref());
}

/** Those that are whole: what is being made has a name that begins with a dot. */
async function treesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(directory, name));
}

/** @returns null where there is no `du`, or it could not see everything. */
async function kibibytesOf(path: string): Promise<number | null> {
  const { exitCode, stdout } = await execa('nice', ['-n', '19', 'du', '-sk', path], {
    reject: false,
    timeout: LONGEST_MS,
    stderr: 'ignore',
  });
  const size = Number(stdout.split('\t', 1)[0]);
  return exitCode === 0 && Number.isSafeInteger(size) ? size : null;
}
