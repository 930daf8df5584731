import { ScheduleError } from '../schedule-error.ts';
import { splitJobLine } from './job-line.ts';

/** What looks like a space, or like nothing, and is a letter to cron and to every shell. */
const INVISIBLE =
  /[\u{A0}\u{AD}\u{1680}\u{2000}-\u{200F}\u{2028}-\u{202F}\u{205F}-\u{2064}\u{3000}\u{FEFF}]/u;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\u{A0}', 'a no-break space'],
  ['\u{AD}', 'a soft hyphen'],
  ['\u{200B}', 'a zero-width space'],
  ['\u{200C}', 'a zero-width non-joiner'],
  ['\u{200D}', 'a zero-width joiner'],
  ['\u{200E}', 'a left-to-right mark'],
  ['\u{200F}', 'a right-to-left mark'],
  ['\u{2028}', 'a line separator'],
  ['\u{202F}', 'a narrow no-break space'],
  ['\u{2060}', 'a word joiner'],
  ['\u{3000}', 'an ideographic space'],
  ['\u{FEFF}', 'a byte order mark (BOM)'],
]);

interface Invisible {
  /** Where it is, counted from 1. */
  readonly column: number;
  /** `a no-break space, U+00A0` */
  readonly name: string;
}

function findInvisible(text: string): Invisible | null {
  const index = text.search(INVISIBLE);
  if (index === -1) return null;
  const character = text.charAt(index);
  const code = character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
  const name = NAMES.get(character) ?? 'an invisible character';
  return { column: index + 1, name: `${name}, U+${code}` };
}

/**
 * What is invisible in a line: where cron itself reads, nothing may be; in a command or a value the
 * shell or the script has to deal with it.
 * @returns the sentence of a doubt, or null
 * @throws ScheduleError
 */
export function judgeInvisible(line: string): string | null {
  const found = findInvisible(line);
  if (found === null) return null;
  if (found.column <= ourPartOf(line.replaceAll(new RegExp(INVISIBLE, 'gu'), ' '))) {
    throw new ScheduleError('GITCRON_E_CRONTAB_NOT_TEXT', `Here is ${found.name}.`, {
      column: found.column,
      expected: 'ordinary spaces and tabs',
      hint: 'It was probably copied from a web page or a document: type it anew.',
    });
  }
  return line.trimStart().startsWith('#')
    ? null
    : `In column ${found.column} is ${found.name}: to the shell it is a letter, not a space.`;
}

/** How much of a line, in UTF-16 units, is not for the shell. */
function ourPartOf(line: string): number {
  const content = line.trimStart();
  if (content === '') return 0;
  if (content.startsWith('#')) return /^#\s*@[a-z-]+(\s|$)/.test(content) ? line.length : 0;
  const variable = /^\s*\w+\s*=/.exec(line);
  if (variable !== null) return variable[0].length;
  try {
    return line.trimEnd().length - splitJobLine(line).command.length;
  } catch (error) {
    if (error instanceof ScheduleError) return line.length;
    throw error;
  }
}
