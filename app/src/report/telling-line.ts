import { stripVTControlCharacters } from 'node:util';

/** A line is for a list, a subject or a message; what is longer is read where all of it stands. */
const MAX_LETTERS = 300;

/** `Error:`, `psycopg2.OperationalError`, `ERROR:  relation`, `npm error`, `fatal:`, `panic:`. */
const NAMES_ERROR = /(?:^|[\s.[(])\w*(?:error|exception|fatal|panic)\b/i;

/** What follows the message: frames of a stack, the rest of a printed object, Node's own name. */
const FOLLOWS_MESSAGE = /^(?:\s+at |\s+File "|Node\.js v\d|[\s^~\])}]+$)/;

/**
 * The one line of an error that says most: the last that names an error, as the messages of most
 * languages do whatever they print around it; else the last. For people only: nothing is decided by it.
 */
export function tellingLine(error: string): string {
  const lines = error.split(/[\r\n]+/).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const messages = lines.filter((line) => !FOLLOWS_MESSAGE.test(line));
  const named = messages.findLast((line) => /^\S/.test(line) && NAMES_ERROR.test(line));
  return shorten(named ?? messages.at(-1) ?? lines.at(-1) ?? '');
}

const NEWLINE = 0x0a;

/**
 * Where in the end of an output the line stands that `tellingLine` told: the last that is so.
 * @returns the byte at which it begins; null when it is not there.
 */
export function findTellingLine(output: Buffer, told: string): number | null {
  for (let end = output.length; end > 0;) {
    const start = output.lastIndexOf(NEWLINE, end - 1) + 1;
    const lines = stripVTControlCharacters(output.toString('utf8', start, end)).split('\r');
    if (lines.some((line) => isTold(line, told))) return start;
    end = start - 1;
  }
  return null;
}

/** What was told may be the end of a line that the kept error begins in. */
function isTold(line: string, told: string): boolean {
  return shorten(line) === told || (told.startsWith('…') && line.trim().endsWith(told.slice(1)));
}

/** Of what a script wrote as its result. */
export function firstLine(result: string): string | null {
  const line = result.split(/[\r\n]+/).find((one) => /\S/.test(one));
  return line === undefined ? null : shorten(line);
}

function shorten(line: string): string {
  const text = line.trim();
  if (text.length <= MAX_LETTERS) return text;
  // Not half of a letter that has two units.
  return `${text.slice(0, MAX_LETTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
