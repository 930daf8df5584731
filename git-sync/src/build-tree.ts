import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import pMap from 'p-map';
import { diskFull, isForWantOfSpace } from './disk-space.ts';
import type { Git, RunOptions } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import { inSlices } from './in-slices.ts';
import { createTreeRecord, factsOf, type TreeRecord } from './inventory.ts';
import { isRegularFile, listTree, type TreeEntry } from './list-tree.ts';
import { recipeOf } from './recipe.ts';
import type { Filters } from './lfs.ts';
import { shareFiles, type SharedTree } from './share-files.ts';
import { emptyDirectory, inside, removeTree, scratchPath, type Volume } from './volume.ts';

/** Node's file system calls share four threads; many more at once would only queue. */
const CONCURRENCY = 16;
const FLUSH_ONE_BY_ONE = 200;

/** A submodule's place in the tree (gitsubmodules(7)). */
export interface Gitlink {
  readonly path: Buffer;
  readonly commit: string;
}

export interface BuildOptions {
  readonly git: Git;
  readonly volume: Volume;
  readonly gitDir: string;
  readonly commit: string;
  /** What is in it, of a try before, goes. */
  readonly into: string;
  readonly shared: SharedTree | null;
  readonly filters: Filters;
}

/**
 * Writes the commit's work tree into a directory, without a `.git`, and read-only but for the
 * directory itself and those of submodules, which are left empty.
 *
 * Files that are the same in the shared tree are hard-linked from there, if they were made in the same
 * way and are as they were published. Everything else git writes itself, with its filters. Links are
 * made before git writes anything, so a symbolic link from the repository is never walked through.
 */
export async function buildTree(
  options: BuildOptions,
): Promise<{ readonly gitlinks: readonly Gitlink[]; readonly record: TreeRecord }> {
  const { git, volume, gitDir, commit, into, shared, filters } = options;
  const indexFile = scratchPath(volume, 'index');
  const within = { gitDir, workTree: into, indexFile, environment: filters.environment };
  await emptyDirectory(into);
  try {
    const entries = await listTree(git, gitDir, commit);
    await readTree(options, within, entries);
    const gitlinks = entries.filter(({ mode }) => mode === '160000');
    const files = entries.filter(({ mode }) => mode !== '160000');
    const directories = directoriesAbove(entries);
    const writable = [...directories, ...gitlinks.map(({ path }) => path)];
    const root = Buffer.from(into);
    await inSlices(writable, (directory) => mkdirSync(inside(root, directory)));

    const recipe = await recipeOf(gitDir, entries, filters);
    const isSameRecipe = shared?.inventory.recipe === recipe;
    const facts = shared && isSameRecipe ? await shareFiles(files, root, shared) : [];
    const unshared = files.filter((_, index) => (facts[index] ?? null) === null);
    await checkOut(options, within, unshared);
    await makeReadOnly(root, directories, unshared);
    await flush(git, into, unshared);
    return {
      gitlinks: gitlinks.map(({ path, object }) => ({ path, commit: object })),
      record: await takeStock(root, files, facts, recipe),
    };
  } finally {
    await removeTree(indexFile);
    await removeTree(`${indexFile}.lock`);
  }
}

const NUL = Buffer.of(0);

/** About what an entry takes in git's index beside its path (gitformat-index(5)). */
const INDEX_ENTRY_BYTES = 100;

async function readTree(
  { git, volume, gitDir, commit }: BuildOptions,
  within: RunOptions,
  entries: readonly TreeEntry[],
): Promise<void> {
  try {
    await git.run(['read-tree', commit], within);
  } catch (error) {
    const needed = entries.reduce((sum, { path }) => sum + path.length + INDEX_ENTRY_BYTES, 0);
    if (!isExit(error)) throw error;
    if (await isForWantOfSpace(error, volume.root, needed)) throw diskFull(volume.root, error);
    // Only reads: what fails here as well is a path, and what does not is the index that was written.
    await git.run(['read-tree', '--dry-run', commit], { gitDir });
    throw new IndexNotWritten(error);
  }
}

/** git has found nothing wrong with the commit, and yet it could not write its index. */
class IndexNotWritten extends Error {
  constructor(cause: unknown) {
    super('git could not write its index', { cause });
  }
}

async function checkOut(
  { git, volume, gitDir, filters }: BuildOptions,
  within: RunOptions,
  entries: readonly TreeEntry[],
): Promise<void> {
  const input = Buffer.concat(entries.flatMap(({ path }) => [path, NUL]));
  try {
    await git.run(['checkout-index', '-z', '--stdin'], {
      ...within,
      input,
      patience: filters.patience,
    });
  } catch (error) {
    // Looked at before anything is cleared away. Half a file is gone by now; its size tells.
    if (isExit(error)) {
      const needed = await largestObject(git, gitDir, entries);
      if (await isForWantOfSpace(error, volume.root, needed)) throw diskFull(volume.root, error);
    }
    throw error;
  }
}

function isExit(error: unknown): boolean {
  return error instanceof GitFailure && error.end === 'exit' && error.exitCode !== null;
}

async function largestObject(
  git: Git,
  gitDir: string,
  entries: readonly TreeEntry[],
): Promise<number> {
  const input = Buffer.from(entries.map(({ object }) => `${object}\n`).join(''));
  const answer = await git
    .run(['cat-file', '--batch-check=%(objectsize)'], { gitDir, input })
    .catch(() => Buffer.of());
  const sizes = answer.toString('latin1').split('\n').map(Number);
  return sizes.reduce((largest, size) => (size > largest ? size : largest), 0);
}

async function makeReadOnly(
  root: Buffer,
  directories: readonly Buffer[],
  written: readonly TreeEntry[],
): Promise<void> {
  await inSlices(written.filter(isRegularFile), ({ mode, path }) => {
    chmodSync(inside(root, path), mode === '100755' ? 0o555 : 0o444);
  });
  await inSlices(directories, (directory) => chmodSync(inside(root, directory), 0o555));
}

/** @param known facts of those that are shared: a second look at each file would cost as much as the first. */
async function takeStock(
  root: Buffer,
  entries: readonly TreeEntry[],
  known: readonly (string | null)[],
  recipe: string,
): Promise<TreeRecord> {
  const record = createTreeRecord(recipe);
  await inSlices(entries.entries(), ([index, entry]) => {
    const { mode, object, path } = entry;
    if (!isRegularFile(entry)) return;
    const facts = known[index] ?? factsOf(mode, object, lstatSync(inside(root, path)));
    record.add(path.toString('latin1'), facts);
  });
  record.end();
  return record;
}

/**
 * Sees to it that content reaches the disk before the rename that publishes it: a machine that loses
 * power would otherwise come back with a tree of empty files.
 */
async function flush(git: Git, into: string, written: readonly TreeEntry[]): Promise<void> {
  const files = written.filter(isRegularFile);
  if (files.length > FLUSH_ONE_BY_ONE) {
    // One syncfs(2) by coreutils in the place of thousands of fsync(2).
    const flushed = await git.run(['-f', into], { program: 'sync' }).catch(() => null);
    if (flushed !== null) return;
  }
  const root = Buffer.from(into);
  const flushFile = async ({ path }: TreeEntry) => {
    const file = await open(inside(root, path));
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  };
  await pMap(files, flushFile, { concurrency: CONCURRENCY });
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
