import { stripVTControlCharacters } from 'node:util';
import type { OutputStream } from '../api/output.ts';

/** So much of the end of an output is kept as the error of a run. */
const MAX_BYTES = 4096;

/** The end of what an attempt writes; of one that does not succeed it is the error. */
export class LastWords {
  readonly #ends: Record<OutputStream, Buffer> = {
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
  };

  /** @param bytes without secrets: a cut through one would hide the rest of it from every mask. */
  push(stream: OutputStream, bytes: Buffer): void {
    const end = this.#ends[stream];
    // One byte more than is kept says that something was cut. What is kept is copied: a few bytes of a
    // large buffer would keep all of it in memory.
    const all = bytes.length > MAX_BYTES ? bytes : Buffer.concat([end, bytes]);
    this.#ends[stream] =
      all.length > 2 * MAX_BYTES || all === bytes ? Buffer.from(all.subarray(-MAX_BYTES - 1)) : all;
  }

  /** Of stderr, else of stdout; null when there is nothing to read in either. */
  text(): string | null {
    return readable(this.#ends.stderr) ?? readable(this.#ends.stdout);
  }
}

/** As text without colors and blank ends; `…` stands for what is cut off before it. */
export function readable(output: Buffer): string | null {
  const isCut = output.length > MAX_BYTES;
  const kept = output.subarray(-MAX_BYTES);
  const start = isCut ? kept.findIndex((byte) => !isWithinCharacter(byte)) : 0;
  const text = stripVTControlCharacters(kept.toString('utf8', Math.max(0, start)))
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd();
  if (!/\S/.test(text)) return null;
  return isCut ? `…${text}` : text;
}

/** A byte of UTF-8 that begins no character. */
function isWithinCharacter(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}
