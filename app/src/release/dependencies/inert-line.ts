import { stripVTControlCharacters } from 'node:util';

/** An install runs code of strangers: what it writes must not move the cursor of a terminal. */
export function inertLine(line: string): string {
  return stripVTControlCharacters(line).replaceAll(/\p{Cc}/gu, ' ');
}
