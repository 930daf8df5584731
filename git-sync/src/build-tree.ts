import { chmod, link, mkdir } from 'node:fs/promises';
import pMap from 'p-map';
import type { Git } from './git/git.ts';
import { removeTree } from './volume.ts';

/** Node's file system calls share four threads; more at once would only queue. */
const CONCURRENCY = 16;

/** A published tree that a new one may share its unchanged files with. */
export interface BaseTree {
  readonly commit: string;
  readonly directory: string;
}

interface IndexEntry {
  readonly mode: string;
  /** Bytes: git does not say in which encoding names are. */
  readonly path: Buffer;
}

/**
 * Writes the commit's work tree into an empty directory, without a `.git`, and read-only.
 *
 * Files that are the same in the base tree are hard-linked from there: both are read-only and neither
 * ever changes. Everything else git writes itself, with its filters. Links are made before git writes
 * anything, so a symbolic link from the repository is never walked through.
 */
export async function buildTree(options: {
  git: Git;
  gitDir: string;
  commit: string;
  into: string;
  base: BaseTree | null;
}): Promise<void> {
  const { git, gitDir, commit, into, base } = options;
  const indexFile = `${into}.index`;
  const within = { gitDir, workTree: into, indexFile };
  await mkdir(into);
  try {
    await git.run(['read-tree', commit], within);
    const entries = parseIndex(await git.run(['ls-files', '--stage', '-z'], within));
    await makeDirectories(into, entries);
    const unshared = await shareUnchanged(git, gitDir, entries, commit, into, base);
    await git.run(['checkout-index', '-z', '--stdin'], {
      ...within,
      input: Buffer.concat(unshared.flatMap(({ path }) => [path, Buffer.of(0)])),
    });
    await makeReadOnly(into, entries, unshared);
  } finally {
    await removeTree(indexFile);
  }
}

/** `git ls-files --stage -z`: `<mode> <object> <stage>\t<path>\0`. */
function parseIndex(output: Buffer): IndexEntry[] {
  return splitNul(output).map((line) => ({
    mode: line.subarray(0, 6).toString('latin1'),
    path: line.subarray(line.indexOf('\t') + 1),
  }));
}

async function makeDirectories(into: string, entries: readonly IndexEntry[]): Promise<void> {
  // One call for each deepest directory is enough: `recursive` makes those above it.
  for (const directory of directoriesOf(entries)) {
    await mkdir(inside(into, directory), { recursive: true });
  }
}

/** @returns the entries that are not shared and that git has to write. */
async function shareUnchanged(
  git: Git,
  gitDir: string,
  entries: readonly IndexEntry[],
  commit: string,
  into: string,
  base: BaseTree | null,
): Promise<IndexEntry[]> {
  const changed = base === null ? null : await changedPaths(git, gitDir, base.commit, commit);
  if (base === null || changed === null) return [...entries];
  const unshared: IndexEntry[] = [];
  await pMap(
    entries,
    async (entry) => {
      const regular = entry.mode.startsWith('100');
      const shared =
        regular &&
        !changed.has(entry.path.toString('latin1')) &&
        (await tryLink(inside(base.directory, entry.path), inside(into, entry.path)));
      if (!shared) unshared.push(entry);
    },
    { concurrency: CONCURRENCY },
  );
  return unshared;
}

/** @returns null when the two trees cannot share: the base is not in the clone, or attributes changed. */
async function changedPaths(
  git: Git,
  gitDir: string,
  from: string,
  to: string,
): Promise<Set<string> | null> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', from, to];
  const output = await git.run(args, { gitDir }).catch(() => null);
  if (output === null) return null;
  const paths = splitNul(output).map((path) => path.toString('latin1'));
  // Attributes decide how other files are written, so one of theirs changes files that did not change.
  const attributesChanged = paths.some((path) => /(?:^|\/)\.gitattributes$/.test(path));
  return attributesChanged ? null : new Set(paths);
}

async function tryLink(existing: Buffer, path: Buffer): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch {
    // Too many links, a file system without them, a damaged base: git writes the file instead.
    return false;
  }
}

async function makeReadOnly(
  into: string,
  entries: readonly IndexEntry[],
  written: readonly IndexEntry[],
): Promise<void> {
  const regular = written.filter(({ mode }) => mode.startsWith('100'));
  await pMap(
    regular,
    ({ mode, path }) => chmod(inside(into, path), mode === '100755' ? 0o555 : 0o444),
    { concurrency: CONCURRENCY },
  );
  await pMap(directoriesOf(entries), (directory) => chmod(inside(into, directory), 0o555), {
    concurrency: CONCURRENCY,
  });
}

/** Every directory of the tree, those above before those below. */
function directoriesOf(entries: readonly IndexEntry[]): Buffer[] {
  const names = new Set<string>();
  for (const { path } of entries) {
    const name = path.toString('latin1');
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const directory = name.slice(0, slash);
      if (names.has(directory)) break;
      names.add(directory);
    }
  }
  return [...names].toSorted().map((name) => Buffer.from(name, 'latin1'));
}

function inside(directory: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), path]);
}

function splitNul(output: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
