import { closeSync, fdatasync, openSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import { appendWhole } from '../state/append-whole.ts';
import { readSmallFile } from '../state/read-small.ts';

const datasync = promisify(fdatasync);

const usedKey = z.object({
  /** Hashes: of the sender and the key, of the sender, of what was asked for. */
  key: z.string(),
  sender: z.string(),
  request: z.string(),
  runId: z.string(),
  at: z.int(),
  /** A process of its run was let go, or is about to be: it must not be started again. */
  began: z.boolean(),
});
export type UsedKey = z.output<typeof usedKey>;

/** What becomes of a key later. */
const change = z.object({ change: z.enum(['began', 'dropped']), key: z.string() });
export type KeyChange = z.output<typeof change>;

const line = z.union([usedKey, change]);

/** So many lines are of no use any more before the file is written anew. */
const WASTE_LINES = 5000;

/** The file behind `IdempotencyKeys`: a line is appended at each step, so that a step costs little. */
export class KeyLog {
  readonly #file: string;
  #descriptor: number | null = null;
  #lines = Number.POSITIVE_INFINITY;
  /** The last line may be cut off: the disk did not take it. */
  #isCut = false;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Survives the end of this process when it returns.
   * @param live what has to be kept when the file is written anew, this entry included.
   * @throws the error of the system call
   */
  append(entry: UsedKey | KeyChange, live: ReadonlyMap<string, UsedKey>): void {
    if (this.#lines > live.size + WASTE_LINES) {
      this.#rewrite(live);
      return;
    }
    const descriptor = this.#open();
    const end = this.#isCut ? '\n' : '';
    this.#isCut = true;
    appendWhole(descriptor, `${end}${JSON.stringify(entry)}\n`);
    this.#isCut = false;
    this.#lines += 1;
  }

  /** Resolves when all that was appended survives the end of this machine, too. */
  flush(): Promise<void> {
    return datasync(this.#open());
  }

  #open(): number {
    this.#descriptor ??= openSync(this.#file, 'a', 0o600);
    return this.#descriptor;
  }

  #rewrite(live: ReadonlyMap<string, UsedKey>): void {
    const text = [...live.values()].map((key) => `${JSON.stringify(key)}\n`).join('');
    writeFileAtomic.sync(this.#file, text, { mode: 0o600 });
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#isCut = false;
    this.#lines = live.size;
  }
}

/**
 * What a log says, the oldest first. Its last line may be cut off: its writer was killed.
 * @param onDamaged told of a file, or of other lines in it, that cannot be read.
 */
export function readKeyLog(
  file: string,
  onDamaged: (error: unknown) => void,
): Map<string, UsedKey> {
  const keys = new Map<string, UsedKey>();
  const lines = contentOf(file, onDamaged).split('\n').slice(0, -1);
  for (const one of lines.filter((each) => each !== '')) {
    try {
      apply(keys, line.parse(JSON.parse(one)));
    } catch (error) {
      onDamaged(error);
    }
  }
  return keys;
}

function apply(keys: Map<string, UsedKey>, entry: UsedKey | KeyChange): void {
  if (!('change' in entry)) {
    // A key that is used again is the newest.
    keys.delete(entry.key);
    keys.set(entry.key, entry);
    return;
  }
  const known = keys.get(entry.key);
  if (known === undefined) return;
  if (entry.change === 'dropped') keys.delete(entry.key);
  else keys.set(entry.key, { ...known, began: true });
}

const formerFile = z.record(
  z.string(),
  z.object({ request: z.string(), runId: z.string(), at: z.int() }),
);

/** The keys of a Gitcron of before, which kept them as one object and rewrote it at each request. */
export function readFormerKeys(
  file: string,
  onDamaged: (error: unknown) => void,
): Map<string, UsedKey> {
  const text = contentOf(file, onDamaged);
  if (text === '') return new Map();
  try {
    const saved = Object.entries(formerFile.parse(JSON.parse(text)));
    return new Map(saved.map(([key, used]) => [key, { key, sender: '', ...used, began: true }]));
  } catch (error) {
    onDamaged(error);
    return new Map();
  }
}

export function deleteFormerKeys(file: string): void {
  rmSync(file, { force: true });
}

function contentOf(file: string, onDamaged: (error: unknown) => void): string {
  try {
    return readSmallFile(file);
  } catch (error) {
    if (!isAbsence(error)) onDamaged(error);
    return '';
  }
}
