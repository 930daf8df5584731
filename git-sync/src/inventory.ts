import { lstatSync, type Stats } from 'node:fs';
import { FULL_HASH } from '@gitcron/base/full-hash';
import { readRegularFile } from '@gitcron/base/regular-file';
import { inSlices } from './in-slices.ts';
import { discard, inside, isDirectory, replaceFile, revisionPath, type Volume } from './volume.ts';
import { volumeTime, volumeTimeBehindUs } from './volume-time.ts';

/** One repository's part of a published revision. Paths are bytes, in strings of latin1. */
export interface TreeInventory {
  /** Whatever decides, besides their objects, how files are written: see `recipe`. */
  readonly recipe: string;
  /** What `factsOf` says of each regular file, by its path in this tree. */
  readonly files: RecordedFiles;
}

/** The lines stay bytes: the strings of 200,000 take 100 MB. */
export interface RecordedFiles {
  get(path: string): string | undefined;
  [Symbol.iterator](): Iterator<readonly [string, string]>;
}

/**
 * How the newest revision was made, so that the next one can share its files: what is not as it was
 * then is not shared. `inventory` on the volume holds it; without one everything is written anew.
 */
export interface Inventory {
  readonly revision: string;
  /** By the volume's clock. Whatever has a later ctime was changed, or lost a link, since. */
  readonly takenAt: number;
  /** By path: the main repository at `''`, submodules where they are. */
  readonly trees: ReadonlyMap<string, TreeInventory>;
}

/**
 * What a file was made of, and what stat(2) says of it. Its ctime is not in it: that changes with each
 * link to it, and is told by `takenAt`.
 */
export function factsOf(mode: string, object: string, stats: Stats): string {
  const { ino, size, mtimeMs } = stats;
  return `${madeOf(mode, object, stats)} ${size} ${mtimeMs} ${ino}`;
}

/**
 * What tells a file that is as it was published, by stat(2) alone. With the clock set back since, a
 * later change could look like an earlier one: nothing is trusted then.
 */
export function trustOf(
  volume: Volume,
  { takenAt }: Inventory,
): (recorded: string, facts: string, stats: Stats) => boolean {
  const isClockBehind = volumeTime(volume) < takenAt;
  return (recorded, facts, { ctimeMs }) =>
    !isClockBehind && ctimeMs <= takenAt && facts === recorded;
}

/** The part of the facts that a look at the content cannot prove. */
export function madeOf(mode: string, object: string, { mode: bits, uid }: Stats): string {
  return `${mode} ${object} ${bits} ${uid}`;
}

/** @returns null when there is none, or none that is whole. */
async function readInventory(volume: Volume): Promise<Inventory | null> {
  // Whatever is the matter with it: everything is written anew then.
  const content = await readRegularFile(volume.inventory, Infinity).catch(() => null);
  if (content === null) return null;
  const text = (from: number, to: number) => content.toString('latin1', from, to);
  const endOfRevision = content.indexOf(0);
  const endOfTime = content.indexOf(0, endOfRevision + 1);
  const revision = text(0, endOfRevision);
  const takenAt = Number(text(endOfRevision + 1, endOfTime));
  const isWhole = text(content.lastIndexOf(0) + 1, content.length) === END;
  if (!FULL_HASH.test(revision) || !(takenAt > 0) || !isWhole) return null;
  const trees = new Map<string, TreeInventory>();
  /** Where the facts of a path begin. */
  let places = new Map<string, number>();
  let start = endOfTime + 1;
  for (let end = content.indexOf(0, start); end !== -1; end = content.indexOf(0, start)) {
    const facts = start + KIND_LETTERS + 1;
    const endOfFacts = content.indexOf(TAB, facts);
    const path = text(endOfFacts + 1, end);
    if (content[start] === TREE_LETTER) {
      places = new Map();
      trees.set(path, { recipe: text(facts, endOfFacts), files: filesAt(content, places) });
    } else {
      places.set(path, facts);
    }
    start = end + 1;
  }
  return { revision, takenAt, trees };
}

/** Lines begin with `tree` or `file`. */
const KIND_LETTERS = 4;
const TREE_LETTER = 't'.charCodeAt(0);
const TAB = 0x09;

function filesAt(content: Buffer, places: ReadonlyMap<string, number>): RecordedFiles {
  const factsAt = (place: number) => content.toString('latin1', place, content.indexOf(TAB, place));
  return {
    get(path) {
      const place = places.get(path);
      return place === undefined ? undefined : factsAt(place);
    },
    *[Symbol.iterator]() {
      for (const [path, place] of places) yield [path, factsAt(place)] as const;
    },
  };
}

/** The one that says how a revision was made that is still there; null without one. */
export async function readUsable(volume: Volume): Promise<Inventory | null> {
  const inventory = await readInventory(volume);
  const isUsable = inventory && (await isDirectory(revisionPath(volume, inventory.revision)));
  return isUsable ? inventory : null;
}

const END = 'end';

/** One repository's part of a revision that was just made: bytes, because 200,000 strings take 50 MB. */
export interface TreeRecord {
  readonly recipe: string;
  readonly lines: readonly Buffer[];
}

const LINES_AT_ONCE = 1_000;

/** Collects what is to be recorded of the files of a tree. */
export function createTreeRecord(recipe: string): TreeRecord & {
  add(path: string, facts: string): void;
  /** Call it behind the last file. */
  end(): void;
} {
  const lines: Buffer[] = [];
  let pending: string[] = [];
  const end = () => {
    lines.push(Buffer.from(pending.join(''), 'latin1'));
    pending = [];
  };
  const add = (path: string, facts: string) => {
    if (pending.push(`file\t${facts}\t${path}\0`) === LINES_AT_ONCE) end();
  };
  return { recipe, lines, add, end };
}

/** What is to be written of a revision. */
export interface Stock {
  readonly takenAt: number;
  readonly trees: ReadonlyMap<string, TreeRecord>;
}

export async function writeInventory(
  volume: Volume,
  revision: string,
  { takenAt, trees }: Stock,
): Promise<void> {
  const parts: Buffer[] = [Buffer.from(`${revision}\0${takenAt}\0`)];
  for (const [at, { recipe, lines }] of trees) {
    parts.push(Buffer.from(`tree\t${recipe}\t${at}\0`, 'latin1'), ...lines);
  }
  if (await isDirectory(volume.inventory)) await discard(volume, volume.inventory);
  await replaceFile(volume, volume.inventory, [...parts, Buffer.from(END)]);
}

/** In the place of the facts behind a file's size, of one that was altered: no stat(2) is like it. */
const ALTERED = '- -';

/**
 * Does something that takes links from files of the newest revision, as deleting an older one does.
 * That changes their ctime; of those that were as recorded until then it is no sign of a change.
 */
export async function whileLinksGo(volume: Volume, use: () => Promise<void>): Promise<void> {
  const inventory = await readUsable(volume);
  if (inventory === null) return use();
  const root = Buffer.from(revisionPath(volume, inventory.revision));
  const isTrusted = trustOf(volume, inventory);
  const trees = new Map<string, TreeRecord>();
  for (const [at, { recipe, files }] of inventory.trees) {
    const directory = inside(root, fromLatin1(at));
    const record = createTreeRecord(recipe);
    await inSlices(files, ([path, recorded]) => {
      const [mode = '', object = '', bits, uid, size] = recorded.split(' ');
      const stats = lookAt(inside(directory, fromLatin1(path)));
      const isIntact = stats !== null && isTrusted(recorded, factsOf(mode, object, stats), stats);
      record.add(path, isIntact ? recorded : [mode, object, bits, uid, size, ALTERED].join(' '));
    });
    record.end();
    trees.set(at, record);
  }
  await use();
  const takenAt = volumeTimeBehindUs(volume);
  // With the old one the files' contents are looked at, which costs time and nothing else.
  await writeInventory(volume, inventory.revision, { takenAt, trees }).catch(() => {});
}

function fromLatin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** @returns null for what is not there, or cannot be looked at. */
export function lookAt(path: Buffer): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
