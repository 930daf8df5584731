import { spawn, type ChildProcess } from 'node:child_process';
import { Writable, type Readable } from 'node:stream';
import type { ProcessUser } from '../../processes/process-user.ts';
import { gateCommand, type ShellCommand } from './gate-command.ts';

export interface CommandSpec extends ShellCommand {
  /** Absolute. */
  readonly directory: string;
  /** Null: the supervisor's own user. */
  readonly runAs: ProcessUser | null;
}

/** How a process ended, as the system tells it. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  /** It does not end, even by SIGKILL, and is not waited for. */
  | { readonly kind: 'stuck' }
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
 * Starts `SHELL -c COMMAND`, held at the gate, as leader of a session of its own.
 *
 * Uses child_process and not execa: an execa spawn costs the event loop about a millisecond more,
 * and a burst of jobs pays that for each of them.
 */
export function spawnHeld(spec: CommandSpec): HeldProcess {
  const gate = gateCommand(spec);
  let child: ChildProcess;
  try {
    child = spawn(gate.program, gate.arguments, {
      argv0: gate.argv0,
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
  const opener = child.stdio[3];
  if (!(opener instanceof Writable)) throw new TypeError('spawn made no pipe for the gate');
  // The process may be gone before its gate opens: EPIPE says no more than `ended` does.
  opener.on('error', () => {});
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    hasEnded: () => ended,
    ended: whenEnded,
    release: () => void opener.end('\n'),
    discard: () => {
      opener.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
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
