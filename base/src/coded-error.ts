import { inspect } from 'node:util';

/** What every error that a user can meet carries besides its sentence. */
export interface ErrorDetails {
  /** Where it happened: a path, `file:line:column`, a URL without credentials, a variable's name. */
  readonly place?: string;
  /** What to do about it, as a sentence. */
  readonly hint: string;
  readonly cause?: unknown;
}

/**
 * An error with a stable code, a sentence that says what happened, a place and a remedy.
 * Programs decide by `code`, never by the text.
 */
export class CodedError<Code extends `GITCRON_E_${string}` = `GITCRON_E_${string}`> extends Error {
  override readonly name = 'CodedError';
  readonly code: Code;
  readonly place: string | undefined;
  readonly hint: string;

  constructor(code: Code, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
    this.hint = details.hint;
  }
}

/** The error as an operator reads it: the sentence and its code, the place, the causes, the remedy. */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  if (error instanceof CodedError) {
    const [sentence, ...details] = error.message.split('\n');
    // A list has hints of its own: indented, so that what follows it belongs to the whole.
    lines.push(`${sentence} [${error.code}]`, ...details.map((line) => `    ${line}`));
    if (error.place !== undefined) lines.push(`  at: ${error.place}`);
    lines.push(...causesOf(error).map((cause) => `  because: ${cause}`));
    lines.push(`  hint: ${error.hint}`);
  } else {
    lines.push(error instanceof Error ? wordsOf(error) : String(error));
    lines.push(...causesOf(error).map((cause) => `  because: ${cause}`));
  }
  return lines.join('\n');
}

/** Of an error of the operating system the stack tells nothing that its message does not: it names call and path. */
function wordsOf(error: Error): string {
  const isOfSystem = 'syscall' in error && 'code' in error;
  return isOfSystem ? error.message : (error.stack ?? error.message);
}

/** The messages of an error's causes, the nearest first. */
export function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  // A chain of causes can loop when somebody rethrows an error as its own cause.
  const seen = new Set<unknown>([error]);
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && !seen.has(cause)) {
    seen.add(cause);
    causes.push(cause instanceof Error ? cause.message : inspect(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
