import { rmSync } from 'node:fs';
import { z } from 'zod';
import { contentOf, readAppendLog, type AppendLog } from '../state/append-log.ts';

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

/** The file behind `IdempotencyKeys`. */
export type KeyLog = AppendLog<UsedKey | KeyChange>;

/**
 * What a log says, the oldest first.
 * @param onDamaged told of a file, or of other lines in it, that cannot be read.
 */
export function readKeyLog(
  file: string,
  onDamaged: (error: unknown) => void,
): Map<string, UsedKey> {
  const keys = new Map<string, UsedKey>();
  readAppendLog(file, (said) => apply(keys, line.parse(said)), onDamaged);
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
