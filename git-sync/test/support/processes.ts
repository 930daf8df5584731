import { execFileSync } from 'node:child_process';

/** Command lines of the living processes that have the text in theirs. */
export function processesWith(text: string): string[] {
  // `ps` is everywhere; a zombie has ended.
  return execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('Z'));
}
