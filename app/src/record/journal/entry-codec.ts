import { parseLossless } from '@gitcron/base/lossless-json';
import { readEntry, type JournalEntry } from '../../events.ts';

export function encodeEntry(entry: JournalEntry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}

/** @returns null for an entry that this version does not understand. */
export function decodeEntry(payload: Buffer): JournalEntry | null {
  return readEntry(parseJson(payload.toString()));
}

function parseJson(source: string): unknown {
  try {
    // Output has no numbers to lose, and is most of what is read.
    return source.includes('"params":{') ? parseLossless(source) : JSON.parse(source);
  } catch {
    return undefined;
  }
}
