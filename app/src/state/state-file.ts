import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { StateFileEntry } from './inventory.ts';
import { readSmallFile } from './read-small.ts';

/** How a file of ours says which form it has; those from before there were versions say nothing. */
const FIRST_FORM = 1;
const versioned = z.object({ version: z.number() });

type Fields = Readonly<Record<string, unknown>>;

/** Told what is wrong with a file, and in one sentence what holds now. */
export type Complain = (error: unknown, sentence: string) => void;

export interface StateFileOptions<Content extends Fields> {
  readonly path: string;
  readonly entry: StateFileEntry;
  readonly schema: z.ZodType<Content>;
  /** The form that is written. Default: the first. */
  readonly form?: number;
  /** Makes of a form the one after it; 0 is what stood in it before it had a version. */
  readonly fromForm?: Readonly<Record<number, (value: unknown) => unknown>>;
  readonly complain: Complain;
  /** Told in a sentence that a file can be written again of which it was said that it cannot. */
  readonly tellWritten?: (sentence: string) => void;
}

/** A file that could not be written, and cannot yet. */
export interface Unwritten {
  /** When that was seen first, in epoch milliseconds. */
  readonly since: number;
  /** At the last try. */
  readonly error: unknown;
}

export interface Change<Content> {
  readonly content: Content;
  /** From now on it holds. */
  readonly onWritten: () => void;
}

export function complainTo(logger: Logger): Complain {
  return (error, sentence) => logger.error(errorFields(error), sentence);
}

/**
 * A small file of the state volume that is replaced as a whole: the old one or the new one is there,
 * whenever we are killed. One that is damaged is set aside as `….damaged`, not overwritten; what holds
 * then is its last good copy, where it keeps one.
 */
export class StateFile<Content extends Fields> {
  readonly #options: StateFileOptions<Content>;
  readonly #copy: string;
  readonly #aside: string;
  #writing: Promise<void> = Promise.resolve();
  /** Since when, and why, what was to be kept could not be written; null when it could. */
  #unwritten: Unwritten | null = null;

  constructor(options: StateFileOptions<Content>) {
    this.#options = options;
    this.#copy = `${options.path}.good`;
    this.#aside = `${options.path}.damaged`;
  }

  /** @returns null when there is none, or none that can be used: then `isDamaged`. */
  read(): Content | null {
    const { path, entry, complain } = this.#options;
    try {
      return this.#parse(path);
    } catch (error) {
      if (isAbsence(error)) return null;
      const copy = this.#goodCopy();
      const aside = this.#setAside(copy);
      const holds = copy === null ? entry.holds : 'the last good copy of it holds';
      complain(error, `${path} cannot be used${aside}: ${holds}.`);
      return copy;
    }
  }

  /** For those who do not own it, such as commands: touches nothing. */
  peek(): Content | null {
    try {
      return this.#parse(this.#options.path);
    } catch (error) {
      return isAbsence(error) ? null : this.#goodCopy();
    }
  }

  /** Whether there is one that cannot be used, now or since an earlier start; nothing has taken its place. */
  get isDamaged(): boolean {
    try {
      this.#parse(this.#options.path);
      return false;
    } catch (error) {
      return !isAbsence(error) || existsSync(this.#aside);
    }
  }

  /** One after the other. @throws the error of the system call; then the old one is still there. */
  async write(content: Content): Promise<void> {
    await this.#next(() => this.#put(content));
  }

  /** @param change is asked when all before it was written. */
  async change(change: () => Change<Content>): Promise<void> {
    await this.#next(async () => {
      const { content, onWritten } = change();
      await this.#put(content);
      onWritten();
    });
  }

  /** For facts that go on without the file: it is said once that it cannot be written. */
  async keep(content: Content): Promise<void> {
    const { path, entry, complain, tellWritten } = this.#options;
    try {
      await this.write(content);
      if (this.#unwritten !== null) tellWritten?.(`${path} can be written again.`);
      this.#unwritten = null;
    } catch (error) {
      if (this.#unwritten === null) complain(error, `Cannot write ${path}: ${entry.unwritten}.`);
      this.#unwritten = { since: this.#unwritten?.since ?? Date.now(), error };
    }
  }

  get unwritten(): Unwritten | null {
    return this.#unwritten;
  }

  async remove(): Promise<void> {
    await this.#next(async () => {
      for (const path of [this.#options.path, this.#copy, this.#aside]) {
        await rm(path, { force: true, recursive: true });
      }
    });
  }

  async #next(step: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(step);
    // Whether it failed is for its own caller to know.
    this.#writing = done.catch(() => {});
    await done;
  }

  async #put(content: Content): Promise<void> {
    const { path, entry, form = FIRST_FORM, complain } = this.#options;
    const text = `${JSON.stringify({ version: form, ...content }, null, 2)}\n`;
    const mode = entry.mode === undefined ? {} : { mode: entry.mode };
    const options = { fsync: entry.isFleeting !== true, ...mode };
    await writeFileAtomic(path, text, options);
    if (entry.keepsCopy !== true) return;
    try {
      await writeFileAtomic(this.#copy, text, options);
    } catch (error) {
      // Better none than one of before.
      await rm(this.#copy, { force: true }).catch(() => {});
      complain(error, `Cannot write ${this.#copy}: there is no copy if ${path} is damaged.`);
    }
  }

  #parse(path: string): Content {
    const value: unknown = JSON.parse(readSmallFile(path));
    const { schema, form = FIRST_FORM, fromForm = {} } = this.#options;
    const said = versioned.safeParse(value).data?.version;
    const isKnown = said === undefined || (Number.isInteger(said) && said >= FIRST_FORM);
    if (!isKnown || (said ?? 0) > form) {
      throw new Error(`It has the form ${said}, and this Gitcron knows form ${form}.`);
    }
    let content: unknown = value;
    for (let at = said ?? 0; at < form; at += 1) content = fromForm[at]?.(content) ?? content;
    return schema.parse(content);
  }

  #goodCopy(): Content | null {
    if (this.#options.entry.keepsCopy !== true) return null;
    try {
      return this.#parse(this.#copy);
    } catch {
      return null;
    }
  }

  /** At no instant is there neither the damaged file nor what takes its place. */
  #setAside(copy: Content | null): string {
    const { path } = this.#options;
    try {
      rmSync(this.#aside, { force: true, recursive: true });
      if (copy === null || !isLinked(path, this.#aside)) renameSync(path, this.#aside);
      if (copy !== null) writeFileAtomic.sync(path, readFileSync(this.#copy));
      return ` and was set aside as ${this.#aside}`;
    } catch {
      return '';
    }
  }
}

/** @returns false for what can have one name only: a directory. */
function isLinked(path: string, other: string): boolean {
  try {
    linkSync(path, other);
    return true;
  } catch {
    return false;
  }
}
