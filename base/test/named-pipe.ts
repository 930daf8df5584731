import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/** Puts a pipe that nobody writes to in the place of whatever is there: who opens it to read waits for ever. */
export function putPipe(path: string): void {
  rmSync(path, { recursive: true, force: true });
  execFileSync('mkfifo', [path]);
}
