import type { ScheduleError, ScheduleErrorCode } from '../schedule-error.ts';

/** One thing that is wrong with a crontab; a crontab with any is not put in force. */
export interface CrontabProblem {
  readonly code: ScheduleErrorCode;
  readonly message: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1 in UTF-16 units. */
  readonly column: number;
  readonly expected: string;
  readonly hint: string;
}

export type CrontabWarningCode =
  | 'GITCRON_W_SIX_FIELDS'
  | 'GITCRON_W_STARRED_STEP'
  | 'GITCRON_W_SHARED_SLUG'
  | 'GITCRON_W_STRAY_SETTING'
  | 'GITCRON_W_TZ_LINE'
  | 'GITCRON_W_INVISIBLE'
  | 'GITCRON_W_CRON_VARIABLE'
  | 'GITCRON_W_VARIABLE_TEXT'
  | 'GITCRON_W_VARIABLE_BELOW'
  | 'GITCRON_W_PERCENT'
  | 'GITCRON_W_LINE_END'
  | 'GITCRON_W_COMMENT_ONLY'
  | 'GITCRON_W_EVERY_MINUTE'
  | 'GITCRON_W_USER_COLUMN'
  | 'GITCRON_W_SHELL_MISSING'
  | 'GITCRON_W_DIRECTORY_MISSING'
  | 'GITCRON_W_NOT_EXECUTABLE'
  | 'GITCRON_W_SCRIPT_TEXT'
  | 'GITCRON_W_RENAMED'
  | 'GITCRON_W_OVER'
  | 'GITCRON_W_AFTER_DISABLED'
  | 'GITCRON_W_SAME_LOCK'
  | 'GITCRON_W_COMMAND_NOT_FOUND'
  | 'GITCRON_W_SCRIPT_MISSING';

/** Something that works but is perhaps not what the author meant. */
export interface CrontabWarning {
  readonly code: CrontabWarningCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly hint: string;
}

/** A crontab of nothing but mistakes must not become a report of a million lines. */
const MAX_PROBLEMS = 100;

/** What was found wrong or doubtful in one crontab, in the order of its lines. */
export class Findings {
  readonly #problems: CrontabProblem[] = [];
  readonly #warnings: CrontabWarning[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get full(): boolean {
    return this.#problems.length >= MAX_PROBLEMS;
  }

  add(line: number, error: ScheduleError): void {
    for (const { code, message, column, expected, hint } of error.all) {
      this.#problems.push({ code, message, file: this.#file, line, column, expected, hint });
    }
  }

  warn(line: number, code: CrontabWarningCode, message: string, hint: string): void {
    if (this.#warnings.length >= MAX_PROBLEMS) return;
    this.#warnings.push({ code, message, file: this.#file, line, hint });
  }

  /** Sorted by line: names can be compared only when all lines were read. */
  inOrder(): { problems: CrontabProblem[]; warnings: CrontabWarning[] } {
    return { problems: this.#problems.toSorted(byLine), warnings: this.#warnings.toSorted(byLine) };
  }
}

/** `app/crontab.txt:3:5: 60 is not a minute [GITCRON_E_…]` and what was expected and helps. */
export function describeProblem(problem: CrontabProblem): string {
  const { file, line, column, message, code, expected, hint } = problem;
  return `${file}:${line}:${column}: ${message} [${code}]\n  expected: ${expected}\n  hint: ${hint}`;
}

/** `app/crontab.txt:3: Six fields: … [GITCRON_W_…]` and what helps. */
export function describeWarning({ file, line, message, code, hint }: CrontabWarning): string {
  return `${file}:${line}: ${message} [${code}]\n  hint: ${hint}`;
}

/** The same in one line of the log. */
export function warningSentence({ file, line, message, code, hint }: CrontabWarning): string {
  return `${file}:${line}: ${message} ${hint} [${code}]`;
}

function byLine(a: { line: number }, b: { line: number }): number {
  return a.line - b.line;
}
