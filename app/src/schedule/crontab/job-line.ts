import { DAY_OF_WEEK } from '../expression/field.ts';
import { splitWords } from '../expression/parse.ts';
import type { Word } from '../expression/parse-field.ts';
import { wordsOf } from '../parse-schedule.ts';
import { ScheduleError } from '../schedule-error.ts';

/** A job's line taken apart. */
export interface JobLine {
  readonly schedule: string;
  /** Where the schedule begins, counted from 1. */
  readonly column: number;
  readonly fields: readonly string[];
  readonly command: string;
}

/** What a command is started with, in the same argument: its gate (see `run/process/gate-command.ts`). */
const ROOM_FOR_GATE = 128;

/** Linux takes no argument of 128 KiB or more (MAX_ARG_STRLEN), and `sh -c` passes the command as one. */
export const MAX_COMMAND_BYTES = 128 * 1024 - 1 - ROOM_FOR_GATE;

/**
 * Parts the schedule from the command. As in supercronic, the longest schedule that leaves a command
 * wins; a malformed sixth or seventh field is not taken for a command.
 * @throws ScheduleError
 */
export function splitJobLine(line: string): JobLine {
  const words = splitWords(line);
  const count = fieldCount(words);
  const fields = words.slice(0, count);
  const [first] = fields;
  const last = fields.at(-1);
  const commandWord = words[count];
  if (first === undefined || last === undefined || commandWord === undefined)
    throw incomplete(line, words);
  const command = line.slice(commandWord.column - 1).trimEnd();
  if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) {
    throw new ScheduleError('GITCRON_E_CRONTAB_COMMAND', 'The command is too long to be started.', {
      column: commandWord.column,
      expected: `at most ${MAX_COMMAND_BYTES} bytes`,
      hint: 'Put it into a script and call that.',
    });
  }
  return {
    schedule: line.slice(first.column - 1, last.column - 1 + last.text.length),
    column: first.column,
    fields: fields.map(({ text }) => text),
    command,
  };
}

function fieldCount(words: readonly Word[]): number {
  const first = words[0]?.text ?? '';
  // Whatever follows is no command: the line is told as a whole.
  if (/^["'“”‘’`]/.test(first)) return words.length;
  if (first.startsWith('@')) return wordsOf(first);
  if (!looksLikeField(words[5]) || words.length < 7) return 5;
  return words.length >= 8 && looksLikeYear(words[6]) ? 7 : 6;
}

const WEEKDAY_NAME = new RegExp(`^(${[...DAY_OF_WEEK.names.keys()].join('|')})([-,#/l].*)?$`, 'i');

function looksLikeField(word: Word | undefined): boolean {
  if (word === undefined) return false;
  return /^[\d*?][\d*?,/#LW-]*$/i.test(word.text) || WEEKDAY_NAME.test(word.text);
}

function looksLikeYear(word: Word | undefined): boolean {
  return word !== undefined && /^[\d*?][\d*?,/-]*$/.test(word.text);
}

function incomplete(line: string, words: readonly Word[]): ScheduleError {
  const first = words[0]?.text ?? '';
  const isSchedule = first.startsWith('@') || /^[\d*?]/.test(first);
  if (/^["'“”‘’`]/.test(first) && /^.\s*[\d*?@]/.test(line.trimStart())) {
    return new ScheduleError('GITCRON_E_CRONTAB_LINE', 'The schedule stands in quotes.', {
      column: words[0]?.column ?? 1,
      expected: 'a schedule without quotes, and a command',
      hint: 'Take the quotes out: 0 2 * * * node app/scripts/report.ts.',
    });
  }
  if (first === 'export' || first === 'set') {
    return new ScheduleError('GITCRON_E_CRONTAB_LINE', `A crontab knows no ${first}.`, {
      column: words[0]?.column ?? 1,
      expected: 'NAME=value',
      hint: `Leave ${first} out: the variable reaches every job below it.`,
    });
  }
  const details = {
    column: isSchedule ? line.trimEnd().length + 1 : (words[0]?.column ?? 1),
    expected: 'five fields and a command, or NAME=value, or # and a comment',
    hint: 'Write for example "0 2 * * * node app/scripts/report.ts".',
  };
  return isSchedule
    ? new ScheduleError(
        'GITCRON_E_CRONTAB_NO_COMMAND',
        'The line ends before its command.',
        details,
      )
    : new ScheduleError('GITCRON_E_CRONTAB_LINE', 'This is not a crontab line.', details);
}
