import { ScheduleError } from '../schedule-error.ts';

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * Linux takes no `NAME=value` of 128 KiB or more (MAX_ARG_STRLEN). The rest is room for the name, and
 * for what a release puts in front of PATH.
 */
const MAX_VALUE_BYTES = 124 * 1024;

/**
 * Reads `NAME=value`; an empty value is a value. Quotes around the whole value are taken off, as
 * Vixie cron does.
 * @returns null when the line is no assignment.
 * @throws ScheduleError when the name cannot be one.
 */
export function parseVariableLine(line: string): Variable | null {
  const equals = line.indexOf('=');
  if (equals === -1) return null;
  const left = line.slice(0, equals);
  const name = left.trim();
  if (name === '' || /[\s@*]/.test(name)) return null;
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new ScheduleError(
      'GITCRON_E_CRONTAB_VARIABLE',
      `"${name.slice(0, 40)}" cannot be the name of a variable.`,
      {
        column: left.length - left.trimStart().length + 1,
        expected: 'letters, digits and _, not beginning with a digit',
        hint: 'Write NAME=value, or put a schedule in front if this is a job.',
      },
    );
  }
  const value = unquoted(line.slice(equals + 1).trim());
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw new ScheduleError(
      'GITCRON_E_CRONTAB_VARIABLE',
      `The value of ${name.slice(0, 40)} is too long: no command could be started with it.`,
      {
        column: equals + 2,
        expected: `at most ${MAX_VALUE_BYTES} bytes`,
        hint: 'Put it into a file of the repository, and its path into the variable.',
      },
    );
  }
  return { name, value };
}

function unquoted(value: string): string {
  const quote = value[0];
  const isQuoted = value.length > 1 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return isQuoted ? value.slice(1, -1) : value;
}
