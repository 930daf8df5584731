import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket’s path may have 107 bytes at most, 103 on a Mac (unix(7)); takeSocketLock needs two. */
const LONGEST_PATH = 100;

/** Where the supervisor of a state directory listens for commands on the same machine. */
export function controlSocketPath(directory: string): string {
  const path = join(directory, 'control.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(tmpdir(), `gitcron-${hash}.sock`);
}
