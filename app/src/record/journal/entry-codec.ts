import { parseLossless } from '@gitcron/base/lossless-json';
import { readEntry, type Entry } from '../../events.ts';

export function encodeEntry(entry: Entry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}

/** @returns null for an entry that this version does not understand. */
export function decodeEntry(payload: Buffer): Entry | null {
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
