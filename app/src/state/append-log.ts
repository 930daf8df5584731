import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { appendWhole } from './append-whole.ts';
import { readLog } from './read-log.ts';

const datasync = promisify(fdatasync);

/** So many lines are of no use any more before the file is written anew. */
const WASTE_LINES = 5000;

/** A file of lines of JSON: one is appended at each step, so that a step costs little. */
export class AppendLog<Line> {
  readonly #file: string;
  #descriptor: number | null = null;
  #lines = Number.POSITIVE_INFINITY;
  /** The last line may be cut off: the disk did not take it. */
  #isCut = false;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Survives the end of this process when it returns.
   * @param live what has to be kept when the file is written anew, the line included.
   * @throws the error of the system call
   */
  append(line: Line, live: { readonly size: number; lines(): Iterable<Line> }): void {
    if (this.#lines > live.size + WASTE_LINES) {
      this.#rewrite([...live.lines()]);
      return;
    }
    const descriptor = this.#open();
    const end = this.#isCut ? '\n' : '';
    this.#isCut = true;
    appendWhole(descriptor, `${end}${JSON.stringify(line)}\n`);
    this.#isCut = false;
    this.#lines += 1;
  }

  /** Resolves when all that was appended survives the end of this machine, too. */
  flush(): Promise<void> {
    return datasync(this.#open());
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #open(): number {
    this.#descriptor ??= openSync(this.#file, 'a', 0o600);
    return this.#descriptor;
  }

  #rewrite(lines: readonly Line[]): void {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    writeFileAtomic.sync(this.#file, text, { mode: 0o600 });
    this.close();
    this.#isCut = false;
    this.#lines = lines.length;
  }
}

/**
 * What a log says, line by line. Its last line may be cut off: its writer was killed.
 * @param apply takes a line; what it throws is told, and the next line is read.
 * @param onDamaged told of a file, or of lines in it, that cannot be read.
 */
export function readAppendLog(
  file: string,
  apply: (line: unknown) => void,
  onDamaged: (error: unknown) => void,
): void {
  const lines = contentOf(file, onDamaged).split('\n').slice(0, -1);
  for (const line of lines.filter((each) => each !== '')) {
    try {
      apply(JSON.parse(line));
    } catch (error) {
      onDamaged(error);
    }
  }
}

/** '' where there is none. */
export function contentOf(file: string, onDamaged: (error: unknown) => void): string {
  return readLog(file, onDamaged) ?? '';
}
