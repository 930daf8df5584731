import { basename } from 'node:path';
import { isSimpleCommand } from './simple-command.ts';

/** The program that is held, its arguments, and the name that it is called by. */
export interface GateCommand {
  readonly program: string;
  readonly argv0: string;
  readonly arguments: readonly string[];
}

export interface ShellCommand {
  readonly command: string;
  /** What `-c COMMAND` is given to. */
  readonly shell: string;
  readonly environment: Readonly<Record<string, string>>;
}

export const DEFAULT_SHELL = '/bin/sh';

/**
 * The gate: a `read` from descriptor 3. A newline lets the command begin. The end of the pipe,
 * which comes by itself when the supervisor dies, ends the shell. The command stands on a line of
 * its own, so the shell reads it only when the gate is open and, where it is one simple command,
 * replaces itself with it: no process more than `sh -c` needs.
 */
const GATE = 'read -r _ <&3 || exit 0; unset _; exec 3<&-\n';

/** Shells with a POSIX `read` that take what follows `-c` line by line and run no file before it. */
const GATE_SHELLS: ReadonlySet<string> = new Set(['sh', 'dash', 'bash']);

/** What waits at the gate, and then is `SHELL -c COMMAND`. */
export function gateCommand({ command, shell, environment }: ShellCommand): GateCommand {
  const name = basename(shell);
  // bash(1): a file that BASH_ENV names runs as soon as bash starts, and the slot is not yet.
  if (!GATE_SHELLS.has(name) || (name === 'bash' && environment['BASH_ENV'])) {
    return {
      program: DEFAULT_SHELL,
      argv0: 'sh',
      arguments: ['-c', `${GATE}exec "$0" -c "$1"`, shell, command],
    };
  }
  // The shell becomes the program: one process less beside each run, and its signal is seen. Left to
  // itself dash forks, also for the last command of -c.
  const becomes = isSimpleCommand(command) && !hasFunctions(environment);
  return {
    program: shell,
    argv0: shell === DEFAULT_SHELL ? 'sh' : shell,
    arguments: ['-c', `${GATE}${becomes ? 'exec ' : ''}${command}`],
  };
}

/** bash takes functions from its environment; `exec` would look for a program of that name. */
function hasFunctions(environment: Readonly<Record<string, string>>): boolean {
  return Object.keys(environment).some((name) => name.startsWith('BASH_FUNC_'));
}
