import { chmodSync, linkSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { CodedError } from '@gitcron/base/coded-error';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import { removeTree } from './volume.ts';

/** Node's file system calls share four threads; many more at once would only queue. */
const CONCURRENCY = 16;
/** Well below a millisecond of file system calls. */
const SLICE = 32;
const FLUSH_ONE_BY_ONE = 200;
/**
 * Files and directories of one commit. A tree of a few objects can name millions of them; so many
 * take some 450 MB of memory, and the container of the compose stack has 512.
 */
const MAX_ENTRIES = 200_000;

/** A published tree that a new one may share its unchanged files with. */
export interface BaseTree {
  readonly commit: string;
  readonly directory: string;
}

/** A submodule's place in the tree (gitsubmodules(7)). */
export interface Gitlink {
  readonly path: Buffer;
  readonly commit: string;
}

interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link), `160000` (gitlink) or `040000` (directory). */
  readonly mode: string;
  readonly object: string;
  /** Bytes: git does not say in which encoding names are. */
  readonly path: Buffer;
}

/**
 * Writes the commit's work tree into an empty directory, without a `.git`, and read-only but for the
 * directory itself and those of submodules, which are left empty.
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
  /** A path for git's index while it works. */
  indexFile: string;
  base: BaseTree | null;
  /** Configuration for the filters that write files, as in `filterEnvironment`. */
  environment: Readonly<Record<string, string>>;
}): Promise<Gitlink[]> {
  const { git, gitDir, commit, into, indexFile, base } = options;
  const within = { gitDir, workTree: into, indexFile, environment: options.environment };
  try {
    const entries = await listTree(git, gitDir, commit);
    await git.run(['read-tree', commit], within);
    const gitlinks = entries.filter(({ mode }) => mode === '160000');
    const files = entries.filter(({ mode }) => mode !== '160000');
    const directories = directoriesAbove(entries);
    const writable = [...directories, ...gitlinks.map(({ path }) => path)];
    await inSlices(writable, (directory) => mkdirSync(inside(into, directory)));
    const unshared = await shareUnchanged(git, gitDir, files, commit, into, base);
    await git.run(['checkout-index', '-z', '--stdin'], {
      ...within,
      input: Buffer.concat(unshared.flatMap(({ path }) => [path, Buffer.of(0)])),
    });
    await makeReadOnly(into, directories, unshared);
    await flush(git, into, unshared);
    return gitlinks.map(({ path, object }) => ({ path, commit: object }));
  } finally {
    await removeTree(indexFile);
    await removeTree(`${indexFile}.lock`);
  }
}

/** @throws CodedError GITCRON_E_TREE_TOO_LARGE before more of it is read than there is room for. */
async function listTree(git: Git, gitDir: string, commit: string): Promise<TreeEntry[]> {
  try {
    // With the directories (-t): a tree can also have no end of those and not one file.
    const args = ['ls-tree', '-r', '-t', '-z', '--full-tree', commit];
    const output = await git.run(args, { gitDir, maxEntries: MAX_ENTRIES });
    return parseTree(output).filter(({ mode }) => mode !== '040000');
  } catch (error) {
    if (!(error instanceof GitFailure) || error.end !== 'too much') throw error;
    throw new CodedError(
      'GITCRON_E_TREE_TOO_LARGE',
      `Commit ${commit.slice(0, 7)} has more than ${MAX_ENTRIES} files and directories, or their paths are very long. It was not published.`,
      {
        place: commit,
        hint: 'Remove what no script needs from the repository (git rm -r --cached PATH). What was published last stays in place.',
        cause: error,
      },
    );
  }
}

/** `git ls-tree -z`: `<mode> <type> <object>\t<path>\0`. */
function parseTree(output: Buffer): TreeEntry[] {
  return splitNul(output).map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', , object = ''] = line.toString('latin1', 0, tab).split(' ');
    return { mode, object, path: line.subarray(tab + 1) };
  });
}

/** @returns the entries that are not shared and that git has to write. */
async function shareUnchanged(
  git: Git,
  gitDir: string,
  entries: readonly TreeEntry[],
  commit: string,
  into: string,
  base: BaseTree | null,
): Promise<TreeEntry[]> {
  const changed = base === null ? null : await changedPaths(git, gitDir, base.commit, commit);
  if (base === null || changed === null) return [...entries];
  const unshared: TreeEntry[] = [];
  await inSlices(entries, (entry) => {
    const shared =
      entry.mode.startsWith('100') &&
      !changed.has(entry.path.toString('latin1')) &&
      tryLink(inside(base.directory, entry.path), inside(into, entry.path));
    if (!shared) unshared.push(entry);
  });
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

function tryLink(existing: Buffer, path: Buffer): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch {
    // Too many links, a file system without them, a damaged base: git writes the file instead.
    return false;
  }
}

async function makeReadOnly(
  into: string,
  directories: readonly Buffer[],
  written: readonly TreeEntry[],
): Promise<void> {
  const files = written.filter(({ mode }) => mode.startsWith('100'));
  await inSlices(files, ({ mode, path }) => {
    chmodSync(inside(into, path), mode === '100755' ? 0o555 : 0o444);
  });
  await inSlices(directories, (directory) => chmodSync(inside(into, directory), 0o555));
}

/**
 * Sees to it that content reaches the disk before the rename that publishes it: a machine that loses
 * power would otherwise come back with a tree of empty files.
 */
async function flush(git: Git, into: string, written: readonly TreeEntry[]): Promise<void> {
  const files = written.filter(({ mode }) => mode.startsWith('100'));
  if (files.length > FLUSH_ONE_BY_ONE) {
    // One syncfs(2) by coreutils in the place of thousands of fsync(2).
    const flushed = await git.run(['-f', into], { program: 'sync' }).catch(() => null);
    if (flushed !== null) return;
  }
  const flushFile = async ({ path }: TreeEntry) => {
    const file = await open(inside(into, path));
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  };
  await pMap(files, flushFile, { concurrency: CONCURRENCY });
}

/**
 * Runs synchronous file system calls in slices, with room for timers and sockets between them: a call
 * that only touches names takes microseconds, a trip through Node's thread pool ten times as long.
 */
async function inSlices<Item>(items: readonly Item[], use: (item: Item) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index % SLICE === SLICE - 1) await setImmediate();
    use(item);
  }
}

/** Every directory that the entries need, those above before those below. */
function directoriesAbove(entries: readonly TreeEntry[]): Buffer[] {
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

/** A path below a directory, in bytes. */
export function inside(directory: string, path: Buffer): Buffer {
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
