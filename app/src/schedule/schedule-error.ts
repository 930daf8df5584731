import { CodedError } from '@gitcron/base/coded-error';

export type ScheduleErrorCode =
  | 'GITCRON_E_EXPRESSION_FIELDS'
  | 'GITCRON_E_EXPRESSION_SYNTAX'
  | 'GITCRON_E_EXPRESSION_VALUE'
  | 'GITCRON_E_EXPRESSION_RANGE'
  | 'GITCRON_E_EXPRESSION_STEP'
  | 'GITCRON_E_EXPRESSION_NEVER'
  | 'GITCRON_E_EXPRESSION_SHORTCUT'
  | 'GITCRON_E_DURATION'
  | 'GITCRON_E_ZONE'
  | 'GITCRON_E_TIME'
  | 'GITCRON_E_CRONTAB_TOO_LARGE'
  | 'GITCRON_E_CRONTAB_EMPTY'
  | 'GITCRON_E_CRONTAB_NOT_TEXT'
  | 'GITCRON_E_CRONTAB_LINE'
  | 'GITCRON_E_CRONTAB_NO_COMMAND'
  | 'GITCRON_E_CRONTAB_COMMAND'
  | 'GITCRON_E_CRONTAB_VARIABLE'
  | 'GITCRON_E_CRONTAB_SETTING'
  | 'GITCRON_E_CRONTAB_SLUG'
  | 'GITCRON_E_CRONTAB_PARAM'
  | 'GITCRON_E_CRONTAB_AFTER'
  | 'GITCRON_E_CRONTAB_LIMIT';

export interface ScheduleErrorDetails {
  /** Where in the text, counted from 1 in UTF-16 units. */
  readonly column: number;
  /** What would have been right, as a noun phrase: `a number from 0 to 59`. */
  readonly expected: string;
  readonly hint: string;
  /** What the text is, where that is not plain: `--from`. */
  readonly place?: string;
  /** What else is wrong with the same text. */
  readonly also?: readonly ScheduleError[];
}

/** A schedule, a setting or a crontab line that cannot be read, and the column where that shows. */
export class ScheduleError extends CodedError<ScheduleErrorCode> {
  readonly column: number;
  readonly expected: string;
  readonly also: readonly ScheduleError[];

  constructor(code: ScheduleErrorCode, message: string, details: ScheduleErrorDetails) {
    super(code, message, {
      place: details.place ?? `column ${details.column}`,
      hint: details.hint,
    });
    this.column = details.column;
    this.expected = details.expected;
    this.also = details.also ?? [];
  }

  /** This one, and what else is wrong with the same text. */
  get all(): readonly ScheduleError[] {
    return [this, ...this.also];
  }
}

/** So many mistakes of one text are told; a text of nothing but commas has a million. */
const MOST_TOLD = 10;

/** Makes each part, also when one cannot be made: the mistakes of a text are told at once. */
export function eachOrAllErrors<Part, Made>(
  parts: readonly Part[],
  make: (part: Part) => Made,
): Made[] {
  const made: Made[] = [];
  const errors: ScheduleError[] = [];
  for (const part of parts) {
    try {
      made.push(make(part));
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      errors.push(...error.all);
      if (errors.length >= MOST_TOLD) break;
    }
  }
  const [first, ...also] = errors;
  if (first === undefined) return made;
  throw moved(first, 0, also);
}

function moved(
  { code, message, column, expected, hint }: ScheduleError,
  by: number,
  also: readonly ScheduleError[],
): ScheduleError {
  return new ScheduleError(code, message, { column: column + by, expected, hint, also });
}

/** Runs a parser of a part of a text and moves the column of its error to the whole text's. */
export function shifted<T>(column: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    const by = column - 1;
    throw moved(
      error,
      by,
      error.also.map((other) => moved(other, by, [])),
    );
  }
}
