import { constants } from 'node:os';
import prettyMs from 'pretty-ms';
import type { FinalStatus } from '../api/run.ts';
import type { Outcome } from '../events.ts';
import type { ProcessEnd } from './process/held-process.ts';

/** Why the supervisor ended a process. */
export type EndCause =
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'cancel'; readonly by: string }
  /** A newer run of the same job took its place. */
  | { readonly kind: 'replace' }
  /** It left no room for any other process. */
  | { readonly kind: 'crowd'; readonly tasks: number; readonly limit: number }
  | { readonly kind: 'shutdown' };

/** Everything that is known about how an attempt ended. */
export interface AttemptEnd {
  readonly process: ProcessEnd;
  /** Null: it ended by itself. */
  readonly cause: EndCause | null;
  /** It outlived SIGTERM and its grace, so SIGKILL followed. */
  readonly forced: boolean;
  readonly directory: string;
  readonly directoryExists: boolean;
  readonly durationMs: number;
  readonly result: string | null;
  /** The end of what it wrote; null when that is nothing. */
  readonly lastWords: string | null;
}

/** The whole truth about an end: status, exit code and signal, and one sentence that tells it. */
export function outcomeOf(end: AttemptEnd): Outcome {
  const { process, durationMs, result, lastWords } = end;
  const status = statusOf(end);
  return {
    status,
    exitCode: process.kind === 'exited' ? process.exitCode : null,
    signal: process.kind === 'signaled' ? process.signal : null,
    durationMs,
    reason: end.cause === null ? reasonOf(end) : `${causeText(end.cause)}: ${endingText(end)}.`,
    result,
    error: status === 'succeeded' ? null : lastWords,
  };
}

function statusOf({ process, cause }: AttemptEnd): FinalStatus {
  const succeeded = process.kind === 'exited' && process.exitCode === 0;
  if (cause === null) return succeeded ? 'succeeded' : 'failed';
  if (cause.kind === 'timeout') return 'timed_out';
  if (cause.kind === 'crowd') return 'failed';
  // At a shutdown it was given time to finish: if it did, its work is done.
  return cause.kind === 'shutdown' && succeeded ? 'succeeded' : 'canceled';
}

function causeText(cause: EndCause): string {
  if (cause.kind === 'timeout') return `Timed out after ${prettyMs(cause.timeoutMs)}`;
  if (cause.kind === 'crowd') {
    return `Ended because its ${cause.tasks} processes and threads left no room for others (at most ${cause.limit}: pids_limit, in the stack APP_PIDS)`;
  }
  if (cause.kind === 'cancel') return `Canceled by ${cause.by}`;
  return cause.kind === 'replace' ? 'Replaced by a newer run of the job' : 'Ended by the shutdown';
}

function endingText({ process, forced }: AttemptEnd): string {
  if (process.kind === 'not_started') return 'it had not begun';
  if (process.kind === 'stuck') {
    return 'it does not end, even by SIGKILL, and is left as it is';
  }
  if (forced) return 'it did not end on SIGTERM within its grace and was killed with SIGKILL';
  return process.kind === 'signaled'
    ? `ended by ${process.signal}`
    : `it ended with exit code ${process.exitCode} when it was told to`;
}

function reasonOf(end: AttemptEnd): string {
  const { process } = end;
  if (process.kind === 'not_started') return notStartedText(end, process.error);
  if (process.kind === 'signaled') {
    const hint = process.signal === 'SIGKILL' ? ' Often this is the kernel, out of memory.' : '';
    return `Ended by ${process.signal}, which did not come from Gitcron.${hint}`;
  }
  if (process.kind === 'stuck') return 'It does not end, even by SIGKILL.';
  return exitText(process.exitCode);
}

function exitText(exitCode: number): string {
  if (exitCode === 0) return 'Exit code 0.';
  if (exitCode === 126) {
    return 'Exit code 126: the command was found but may not be executed. Set its executable bit or name its interpreter.';
  }
  if (exitCode === 127) {
    return 'Exit code 127: a command was not found. Check its spelling, PATH and the dependencies.';
  }
  const signal = exitCode > 128 ? signalName(exitCode - 128) : null;
  if (signal === null) return `Exit code ${exitCode}.`;
  const hint = signal === 'SIGKILL' ? ', often by the kernel, out of memory' : '';
  return `Exit code ${exitCode}: the shell's way to say that a command was ended by ${signal}${hint}.`;
}

/** Decides by errno; see fork(2), execve(2). */
function notStartedText(end: AttemptEnd, error: Error): string {
  const code = 'code' in error ? String(error.code) : 'unknown';
  if (!end.directoryExists) {
    return `Not started: the directory ${end.directory} is gone [${code}].`;
  }
  const shell = missingShell(error);
  if (shell !== null) {
    return `Not started: the shell ${shell} is not there or may not be executed [${code}]. Install it, or change SHELL= in the crontab.`;
  }
  switch (code) {
    case 'EAGAIN':
      return 'Not started: no more processes are allowed [EAGAIN]. Raise the limit on processes (pids_limit) or lower JOB_CONCURRENCY.';
    case 'ENOMEM':
      return 'Not started: there is no memory for a new process [ENOMEM]. Raise the memory limit or lower JOB_CONCURRENCY.';
    case 'EMFILE':
    case 'ENFILE':
      return `Not started: too many files are open [${code}]. Raise the limit on open files (ulimits: nofile) or lower JOB_CONCURRENCY.`;
    case 'E2BIG':
      return 'Not started: command, environment and parameters together are too long [E2BIG]. Put long values into files of the repository, and long parameters into the database.';
    case 'EPERM':
      return 'Not started: the supervisor may not switch to the user that jobs run as [EPERM]. It needs the capabilities SETUID and SETGID.';
    default:
      return `Not started: ${error.message} [${code}].`;
  }
}

/** The program that Node could not find or execute; null when it is something else that failed. */
function missingShell(error: Error): string | null {
  if (!('code' in error && 'syscall' in error && 'path' in error)) return null;
  const isMissing = error.code === 'ENOENT' || error.code === 'EACCES';
  const isStart = String(error.syscall).startsWith('spawn');
  return isMissing && isStart ? String(error.path) : null;
}

function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

const NO_PROCESS = { exitCode: null, signal: null, result: null };

/**
 * The end of a run that has no process: it waited for its turn, or for its next attempt.
 * @param error - that of its last attempt.
 */
export function withoutProcess(
  cause: EndCause,
  attempts: number,
  durationMs: number,
  error: string | null,
): Outcome {
  const status: FinalStatus = cause.kind === 'timeout' ? 'timed_out' : 'canceled';
  const when = attempts === 0 ? 'before it began' : `before its attempt ${attempts + 1}`;
  const reason = `${causeText(cause)} ${when}.`;
  return { status, ...NO_PROCESS, durationMs, reason, error };
}

/** A slot whose run never was, because of what its overlap policy says. */
export function skipped(reason: string): Outcome {
  return { status: 'skipped', ...NO_PROCESS, durationMs: 0, reason, error: null };
}
