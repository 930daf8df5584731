import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A command line for a program that refuses to run as root or as a user without a name, and must
 * not outlive us.
 *
 * For such a user it gets a user namespace in which we are `nobody` (unshare(1)): files stay ours,
 * no user has to be made. Where the kernel can, it is told when we die (setpriv(1)), however we
 * die.
 */
export function asUnprivileged(command: string, args: readonly string[]): CommandLine {
  const parts: string[] = [];
  const unshare = isRefused() ? findProgram('unshare') : null;
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null;
  if (unshare !== null)
    parts.push(unshare, '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`);
  if (setpriv !== null) parts.push(setpriv, '--pdeathsig', 'INT');
  const [first = command, ...rest] = [...parts, command, ...args];
  return { command: first, args: rest };
}

/** /etc/passwd has this user everywhere. */
const NOBODY = 65_534;

function isRefused(): boolean {
  if (process.getuid?.() === 0) return true;
  try {
    userInfo();
    return false;
  } catch {
    // Not in /etc/passwd, as where a container is given just any user.
    return true;
  }
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
