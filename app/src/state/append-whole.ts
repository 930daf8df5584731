import { writeSync } from 'node:fs';

/**
 * Appends all of a text: a disk that is nearly full takes the beginning, and says so by a number only.
 * @throws the error of the system call (`ENOSPC`, `EROFS`, …); then a part of it may be there.
 */
export function appendWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
