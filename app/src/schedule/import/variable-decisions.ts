import { parseVariableLine, type Variable } from '../crontab/variable-line.ts';
import { ScheduleError } from '../schedule-error.ts';

/** What becomes of a variable of cron. */
export interface ImportedVariable {
  readonly name: string;
  /** The line for our crontab; null when it is left out. */
  readonly line: string | null;
  readonly decision: string | null;
}

/** Variables that tell cron something that nobody here listens to. */
const TOLD_CRON: ReadonlyMap<string, (value: string) => string | null> = new Map([
  [
    'MAILTO',
    (value: string) =>
      value === ''
        ? null
        : `cron mailed what these jobs wrote to ${value}. Gitcron keeps the output of every run; it mails none.`,
  ],
  ['MAILFROM', () => null],
  ['CONTENT_TYPE', () => null],
  ['CONTENT_TRANSFER_ENCODING', () => null],
  [
    'RANDOM_DELAY',
    (value: string) =>
      `cron waited up to ${value} minutes before each job (RANDOM_DELAY). If that is wanted, write # @jitter ${value}m above the jobs below.`,
  ],
  [
    'START_HOURS_RANGE',
    (value: string) =>
      `anacron started jobs from ${value} o’clock only (START_HOURS_RANGE). Write the hours into the schedules.`,
  ],
  ['LOGNAME', () => null],
  ['USER', () => null],
]);

/** @returns null when the line sets no variable. */
export function importVariable(line: string): ImportedVariable | null {
  const variable = readVariable(line);
  if (variable === null) return null;
  const { name, value } = variable;
  const told = TOLD_CRON.get(name);
  if (told !== undefined) return { name, line: null, decision: told(value) };
  return { name, line: `${name}=${inQuotes(value)}`, decision: decisionAbout(variable) };
}

function readVariable(line: string): Variable | null {
  try {
    return parseVariableLine(line);
  } catch (error) {
    // A name that cannot be one: a line for a person, like others that cannot be read.
    if (error instanceof ScheduleError) return null;
    throw error;
  }
}

function decisionAbout({ name, value }: Variable): string | null {
  if (name === 'HOME') {
    return `HOME=${value}: cron started the jobs there. Gitcron starts them in the root of the repository.`;
  }
  if (value.includes('$')) {
    return `${name}: neither cron nor Gitcron replaces $ in a variable; the job gets it as it is written.`;
  }
  return null;
}

/** Only where they would be missed: at the ends white space and quotes are taken off. */
function inQuotes(value: string): string {
  return /^\s|\s$|^(["']).*\1$/.test(value) ? `"${value}"` : value;
}
