import { execFileSync } from 'node:child_process';

/** Command lines of the living processes that have the text in theirs, such as a directory of the test's own. */
export function processesWith(text: string): string[] {
  // `ps` is everywhere; a zombie has ended. Uncut, however long they are.
  return execFileSync('ps', ['-eww', '-o', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('Z') && !line.includes('ps -eww'));
}
