import {
  INTRODUCE_ONLY,
  INTRODUCERS,
  LETTER_ESCAPES,
  MAX_BACKSLASHES,
  MAX_WORD_LETTERS,
} from './written-bytes.ts';

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const LETTER_U = 0x75;

/** The value of each hexadecimal digit; 255 for what is none. */
const HEX = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Whether one of some bytes may be meant, by what is seen. */
interface Wanted {
  readonly plain: Uint8Array;
  /** By what an escape stands for: it may be another's beginning. */
  readonly escaped: Uint8Array;
  readonly afterBackslashes: Uint8Array;
}

/** Of all introducers those that make a difference for these secrets. */
export function introducersFor(patterns: readonly Buffer[]): number[] {
  const bytes = new Set(patterns.flatMap((pattern) => [...pattern]));
  return INTRODUCERS.filter(
    (byte) => bytes.has(INTRODUCE_ONLY.get(byte) ?? byte) || isGeneral(byte),
  );
}

/**
 * @returns the next place, from `from` on, at which it is worth it to read closely; `data.length`
 *   when there is none. Nearly no place is, however full of backslashes JSON may be, and a log of
 *   URLs of percent signs.
 */
export function quickLook(patterns: readonly Buffer[]): (data: Buffer, from: number) => number {
  const byFirst = Map.groupBy(patterns, ([first = 0]) => first);
  const first = wanted([...byFirst.keys()]);
  const second: Wanted[] = [];
  for (const [byte, those] of byFirst) {
    const bytes = those.map((pattern) => pattern[1]);
    // After a secret of one byte anything may come.
    second[byte] = wanted(bytes.flatMap((next) => next ?? [...new Uint8Array(256).keys()]));
  }
  const mayBegin = (data: Buffer, at: number, byte: number): boolean => {
    const after = second[byte];
    return (after !== undefined && mayMean(data, at + 1, after)) || escapes(data, at, first);
  };
  const { escaped } = first;
  return (data, from) => {
    for (let at = from; at < data.length; at += 1) {
      const byte = data[at] ?? 0;
      if (escaped[byte] === 1 && mayBegin(data, at, byte)) return at;
    }
    return data.length;
  };
}

function mayMean(data: Buffer, at: number, those: Wanted): boolean {
  const byte = data[at];
  if (byte === undefined || those.plain[byte] === 1) return true;
  return those.escaped[byte] === 1 && escapes(data, at, those);
}

/** Whether what is seen at `at` introduces an escape for one of those bytes. */
function escapes(data: Buffer, at: number, { plain, escaped, afterBackslashes }: Wanted): boolean {
  const byte = data[at];
  if (byte === BACKSLASH) {
    let to = at + 1;
    while (data[to] === BACKSLASH && to <= at + MAX_BACKSLASHES) to += 1;
    const after = data[to];
    return after === undefined || afterBackslashes[after] === 1;
  }
  if (byte === PERCENT) {
    const high = data[at + 1];
    const low = data[at + 2];
    if (high === undefined || low === undefined) return true;
    if (high === PERCENT || high === LETTER_U) return true;
    const value = (HEX[high] ?? 255) * 16 + (HEX[low] ?? 255);
    if (value >= 256) return plain[PERCENT] === 1;
    // Of Latin-1 it is the first byte of two.
    return escaped[value] === 1 || (value >= 0x80 && escaped[value < 0xc0 ? 0xc2 : 0xc3] === 1);
  }
  if (byte === AMPERSAND) return isEntity(data, at + 1);
  if (byte === PLUS) return plain[SPACE] === 1;
  // Quotes and dollars stand for themselves, doubled.
  return byte !== undefined && INTRODUCE_ONLY.has(byte) && plain[byte] === 1;
}

function isEntity(data: Buffer, from: number): boolean {
  for (let at = from; at < from + MAX_WORD_LETTERS; at += 1) {
    const letter = data[at];
    if (letter === undefined || letter === SEMICOLON) return true;
    if (letter === AMPERSAND || letter <= SPACE) return false;
  }
  return false;
}

function wanted(bytes: readonly number[]): Wanted {
  const plain = tableOf(bytes);
  const introducers = INTRODUCERS.filter(
    (byte) => isGeneral(byte) || plain[INTRODUCE_ONLY.get(byte) ?? byte] === 1,
  );
  const escaped = tableOf([...bytes, ...introducers]);
  const afterBackslashes = Uint8Array.from(escaped);
  // A backslash before a letter is an escape that is known, or none.
  for (let byte = 0; byte < 256; byte += 1) {
    if (/\w/.test(String.fromCharCode(byte))) afterBackslashes[byte] = 0;
  }
  afterBackslashes[BACKSLASH] = plain[BACKSLASH] ?? 0;
  for (const [letter, control] of LETTER_ESCAPES) {
    afterBackslashes[letter.charCodeAt(0)] = plain[control] ?? 0;
  }
  for (const letter of Buffer.from('uUx0123')) afterBackslashes[letter] = 1;
  return { plain, escaped, afterBackslashes };
}

/** It may introduce any byte. */
function isGeneral(byte: number): boolean {
  return byte === PERCENT || byte === BACKSLASH || byte === AMPERSAND;
}

function tableOf(bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}
