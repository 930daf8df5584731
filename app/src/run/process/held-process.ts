import { spawn, type ChildProcess } from 'node:child_process';
import { Writable, type Readable } from 'node:stream';
import type { ProcessUser } from '../../config/user.ts';
import { isSimpleCommand } from './simple-command.ts';

export interface CommandSpec {
  readonly command: string;
  /** What `-c COMMAND` is given to. */
  readonly shell: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly directory: string;
  /** Null: the supervisor's own user. */
  readonly runAs: ProcessUser | null;
}

/** How a process ended, as the system tells it. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'not_started'; readonly error: Error };

/** A process that waits at the gate: everything is ready, the command has not begun. */
export interface HeldProcess {
  /** Also the id of its process group and of its session. Null when it could not be started. */
  readonly pid: number | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** True once it has ended, by itself or not. */
  hasEnded(): boolean;
  /** The process itself ended; its output may go on. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Lets the command begin. */
  release(): void;
  /** Ends it; the command never begins. */
  discard(): void;
}

/**
 * The gate: a `read` from descriptor 3. A newline lets the command begin. The end of the pipe,
 * which comes by itself when the supervisor dies, ends the shell. The command stands on a line of
 * its own, so the shell reads it only when the gate is open and, where it is one simple command,
 * replaces itself with it: no process more than `sh -c` needs.
 */
const GATE = 'read -r _ <&3 || exit 0; unset _; exec 3<&-\n';

export const DEFAULT_SHELL = '/bin/sh';

/**
 * Starts `SHELL -c COMMAND`, held at the gate, as leader of a session of its own.
 *
 * Uses child_process and not execa: an execa spawn costs the event loop about a millisecond more,
 * and a burst of jobs pays that for each of them.
 */
export function spawnHeld(spec: CommandSpec): HeldProcess {
  let child: ChildProcess;
  try {
    child = spawn(DEFAULT_SHELL, shellArguments(spec), {
      argv0: 'sh',
      cwd: spec.directory,
      env: { ...spec.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      ...spec.runAs,
    });
  } catch (error) {
    // Node reports some errors of the system (ENOMEM, EPERM) by throwing, others by an event.
    return notStarted(error instanceof Error ? error : new Error(String(error)));
  }
  if (child.pid === undefined) {
    const failed = new Promise<Error>((resolve) => void child.once('error', resolve));
    return { ...notStarted(new Error()), ended: failed.then(notStartedEnd) };
  }
  let ended = false;
  const whenEnded = new Promise<ProcessEnd>((resolve) => {
    // A running child reports here that a signal could not be delivered; the sender knows already.
    child.on('error', () => {});
    child.once('exit', (exitCode, signal) => {
      ended = true;
      resolve(
        signal === null
          ? { kind: 'exited', exitCode: exitCode ?? 0 }
          : { kind: 'signaled', signal },
      );
    });
  });
  const gate = child.stdio[3];
  if (!(gate instanceof Writable)) throw new TypeError('spawn made no pipe for the gate');
  // The process may be gone before its gate opens: EPIPE says no more than `ended` does.
  gate.on('error', () => {});
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    hasEnded: () => ended,
    ended: whenEnded,
    release: () => void gate.end('\n'),
    discard: () => {
      gate.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function shellArguments({ command, shell }: CommandSpec): string[] {
  // Not every SHELL of a crontab has a POSIX `read` (fish, python), so the gate is always sh.
  if (shell !== DEFAULT_SHELL) return ['-c', `${GATE}exec "$0" -c "$1"`, shell, command];
  // The shell becomes the program: one process less beside each run, and its signal is seen.
  return ['-c', `${GATE}${isSimpleCommand(command) ? 'exec ' : ''}${command}`];
}

/** What stands for a process that could not be started. */
export function notStarted(error: Error): HeldProcess {
  return {
    pid: null,
    stdout: null,
    stderr: null,
    hasEnded: () => true,
    ended: Promise.resolve(notStartedEnd(error)),
    release: () => {},
    discard: () => {},
  };
}

function notStartedEnd(error: Error): ProcessEnd {
  return { kind: 'not_started', error };
}
