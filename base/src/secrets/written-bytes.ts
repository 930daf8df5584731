import { ENTITIES } from './html-entities.ts';

/** What may be meant at a place: these bytes, and what follows them begins at `next`. */
export interface Reading {
  readonly bytes: readonly number[];
  readonly next: number;
}

export interface Readings {
  readonly all: readonly Reading[];
  /** The data end before it is clear what is written there. */
  readonly isCut: boolean;
}

const NOTHING: Readings = { all: [], isCut: false };
export const CUT: Readings = { all: [], isCut: true };

/** JSON in the JSON of a log, a URL in the query of another: more layers nobody writes by chance. */
export const LAYERS = 3;
/** Each layer doubles them. */
export const MAX_BACKSLASHES = 2 ** LAYERS;

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const SPACE = 0x20;
const SINGLE_QUOTE = 0x27;
/** `'it''s'` (SQL), `"a ""b"""` (CSV), `100%%` (printf), `a$$b` (compose). */
const DOUBLED = new Set([SINGLE_QUOTE, 0x22, PERCENT, 0x24]);

/** These stand for nothing but the byte on the right. */
export const INTRODUCE_ONLY: ReadonlyMap<number, number> = new Map([
  [PLUS, SPACE],
  ...[...DOUBLED].filter((byte) => byte !== PERCENT).map((byte) => [byte, byte] as const),
]);

/**
 * What begins each of the ways in which a byte may be written as something else. Hexadecimal,
 * quoted-printable and UTF-16 are not among them: these come of printing a URL or an object, those a
 * script has to choose, and who wants a secret out can always encrypt it.
 */
export const INTRODUCERS: readonly number[] = [
  PERCENT,
  BACKSLASH,
  AMPERSAND,
  ...INTRODUCE_ONLY.keys(),
];
const IS_INTRODUCER = new Uint8Array(256);
for (const byte of INTRODUCERS) IS_INTRODUCER[byte] = 1;

export function isIntroducer(byte: number): boolean {
  return IS_INTRODUCER[byte] === 1;
}

export const LETTER_ESCAPES: ReadonlyMap<string, number> = new Map([
  ...['a', 'b', 't', 'n', 'v', 'f', 'r'].map((letter, index) => [letter, 7 + index] as const),
  ['e', 0x1b],
]);
/** `&#x1F600;` and its kin are no longer. */
export const MAX_WORD_LETTERS = 10;

/** The data, and what is known of their places. */
export interface Written {
  readonly data: Buffer;
  readonly readings: (at: number, layers: number) => Readings;
}

/**
 * Everything that what begins at a place may stand for: the byte itself, and what it is in URLs, JSON,
 * programming languages, HTML, SQL and the quotes of a shell, one in the other.
 */
export function introducedAt(written: Written, at: number, layers: number): Readings {
  // What introduces an escape may be one itself: %25, \\, &amp;.
  const below = written.readings(at, layers - 1);
  const found = [...below.all];
  let { isCut } = below;
  for (const { bytes, next } of below.all) {
    const [introducer] = bytes;
    if (introducer === undefined || bytes.length > 1) continue;
    const escaped = escapedBy(introducer, written, next, layers - 1);
    isCut ||= escaped.isCut;
    for (const reading of escaped.all) {
      if (!found.some((known) => isSame(known, reading))) found.push(reading);
    }
  }
  return { all: found, isCut };
}

function isSame(known: Reading, found: Reading): boolean {
  return (
    known.next === found.next &&
    known.bytes.length === found.bytes.length &&
    known.bytes.every((byte, at) => byte === found.bytes[at])
  );
}

function escapedBy(introducer: number, written: Written, at: number, layers: number): Readings {
  const { data } = written;
  const parts: Readings[] = [];
  if (introducer === PERCENT) parts.push(afterPercent(data, at));
  if (introducer === BACKSLASH) parts.push(afterBackslash(written, at, layers));
  if (introducer === AMPERSAND) parts.push(inEntity(data, at));
  if (introducer === PLUS) parts.push(one([SPACE], at));
  if (layers === 0) parts.push(...inQuotes(introducer, data, at));
  // A URL in a configuration that doubles it, as Python's do: p%%40ss.
  else if (introducer === PERCENT) parts.push(spelled(data, at, [PERCENT], PERCENT));
  return joined(parts);
}

/** In the innermost layer only: quotes of quotes of quotes would be many, and are nobody's. */
function inQuotes(introducer: number, data: Buffer, at: number): Readings[] {
  if (!DOUBLED.has(introducer)) return [];
  const doubled = spelled(data, at, [introducer], introducer);
  if (introducer !== SINGLE_QUOTE) return [doubled];
  // A quote within quotes, as shells write it: '\'' and '"'"'.
  const rests = [String.raw`\''`, `"'"'`].map((rest) => [...Buffer.from(rest)]);
  return [doubled, ...rests.map((rest) => spelled(data, at, rest, SINGLE_QUOTE))];
}

/** `meant`, where these letters follow, each perhaps behind a backslash. */
function spelled(data: Buffer, at: number, letters: readonly number[], meant: number): Readings {
  let next = at;
  for (const letter of letters) {
    if (data[next] === BACKSLASH && (data[next + 1] === letter || data[next] !== letter)) next += 1;
    if (next >= data.length) return CUT;
    if (data[next] !== letter) return NOTHING;
    next += 1;
  }
  return one([meant], next);
}

/** A byte; what it was in Latin-1 or is for `escape()`, which writes `%E4` and `%u20AC`. */
function afterPercent(data: Buffer, at: number): Readings {
  if (data[at] === 0x75) return inHex(data, at + 1, 4, utf8);
  return inHex(
    data,
    at,
    2,
    (value) => [value],
    (value) => (value < 0x80 ? null : utf8(value)),
  );
}

function afterBackslash(written: Written, at: number, layers: number): Readings {
  const { data } = written;
  const { all, isCut } = written.readings(at, layers);
  const parts = all.map(({ bytes, next }): Readings => {
    const [byte] = bytes;
    if (byte === undefined || bytes.length > 1) return NOTHING;
    const letter = String.fromCharCode(byte);
    if (letter === 'u') return codePoint(written, next, layers);
    if (letter === 'U') return inHex(data, next, 8, utf8);
    if (letter === 'x') return inHex(data, next, 2, (value) => [value], utf8);
    if (/[0-3]/.test(letter)) return inOctal(data, next - 1);
    const control = LETTER_ESCAPES.get(letter);
    if (control !== undefined) return one([control], next);
    return /[^\w\s]| /.test(letter) ? one(bytes, next) : NOTHING;
  });
  return joined([{ all: [], isCut }, ...parts]);
}

/** `\u00fc`, `\ud83d\ude00`, `\u{1f600}`. */
function codePoint(written: Written, at: number, layers: number): Readings {
  const { data } = written;
  if (data[at] === 0x7b) return delimited(data, at + 1, /^[0-9a-f]{1,6}/i, '}', fromHex);
  const first = hexAt(data, at, 4);
  if (first === null || first < 0xd800 || first > 0xdbff) return inHex(data, at, 4, utf8);
  const backslash = written.readings(at + 4, layers);
  const parts = backslash.all
    .filter(({ bytes }) => bytes[0] === BACKSLASH)
    .map(({ next }): Readings => {
      if (next >= data.length) return CUT;
      if (data[next] !== 0x75) return NOTHING;
      return inHex(data, next + 1, 4, (second) =>
        second < 0xdc00 || second > 0xdfff
          ? null
          : utf8((first - 0xd800) * 0x400 + (second - 0xdc00) + 0x10000),
      );
    });
  return joined([{ all: [], isCut: backslash.isCut }, ...parts]);
}

function inEntity(data: Buffer, at: number): Readings {
  return delimited(data, at, /^(?:#x?)?[0-9a-z]*/i, ';', (name) => {
    if (/^#\d+$/.test(name)) return utf8(Number(name.slice(1)));
    if (/^#x/i.test(name)) return fromHex(name.slice(2));
    const character = ENTITIES.get(name);
    return character === undefined ? null : utf8(character);
  });
}

/** A short word that ends with `delimiter`. */
function delimited(
  data: Buffer,
  at: number,
  letters: RegExp,
  delimiter: string,
  meaning: (word: string) => readonly number[] | null,
): Readings {
  const text = data.toString('latin1', at, at + MAX_WORD_LETTERS);
  const word = letters.exec(text)?.[0] ?? '';
  const end = text[word.length];
  if (end !== delimiter)
    return end === undefined && at + text.length === data.length ? CUT : NOTHING;
  const bytes = meaning(word);
  return bytes === null ? NOTHING : one(bytes, at + word.length + 1);
}

/** @param meanings - what the number may stand for; null: nothing. */
function inHex(
  data: Buffer,
  at: number,
  digits: number,
  ...meanings: readonly ((value: number) => readonly number[] | null)[]
): Readings {
  const value = hexAt(data, at, digits);
  if (value === null) return digitsEnd(data, at, digits, /^[0-9a-f]*$/i);
  const all = meanings.flatMap((meaning) => {
    const bytes = meaning(value);
    return bytes === null ? [] : [{ bytes, next: at + digits }];
  });
  return { all, isCut: false };
}

function hexAt(data: Buffer, at: number, digits: number): number | null {
  const text = data.toString('latin1', at, at + digits);
  return text.length === digits && /^[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : null;
}

function inOctal(data: Buffer, at: number): Readings {
  const text = data.toString('latin1', at, at + 3);
  if (!/^[0-7]{3}$/.test(text)) return digitsEnd(data, at, 3, /^[0-7]*$/);
  return one([Number.parseInt(text, 8)], at + 3);
}

/** Too few digits: is that because the data end? */
function digitsEnd(data: Buffer, at: number, digits: number, allowed: RegExp): Readings {
  const isAtEnd = at + digits > data.length;
  return isAtEnd && allowed.test(data.toString('latin1', at)) ? CUT : NOTHING;
}

function one(bytes: readonly number[], next: number): Readings {
  return { all: [{ bytes, next }], isCut: false };
}

function joined(parts: readonly Readings[]): Readings {
  return { all: parts.flatMap(({ all }) => all), isCut: parts.some(({ isCut }) => isCut) };
}

function fromHex(digits: string): readonly number[] | null {
  return utf8(Number.parseInt(digits, 16));
}

function utf8(value: number): readonly number[] | null {
  const isCharacter = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  return isCharacter ? [...Buffer.from(String.fromCodePoint(value))] : null;
}
