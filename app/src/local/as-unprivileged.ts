import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A command line for a program that refuses to run as root and must not outlive us.
 *
 * As root it gets a user namespace in which root is somebody else (unshare(1)): files stay ours,
 * no user has to be made. Where the kernel can, it is told when we die (setpriv(1)), however we
 * die.
 */
export function asUnprivileged(command: string, args: readonly string[]): CommandLine {
  const parts: string[] = [];
  const unshare = process.getuid?.() === 0 ? findProgram('unshare') : null;
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null;
  if (unshare !== null) parts.push(unshare, '--user', '--map-user=1000', '--map-group=1000');
  if (setpriv !== null) parts.push(setpriv, '--pdeathsig', 'INT');
  const [first = command, ...rest] = [...parts, command, ...args];
  return { command: first, args: rest };
}

function findProgram(name: string): string | null {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory; the next one may have it.
    }
  }
  return null;
}
