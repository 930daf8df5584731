import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@gitcron/base/clock';
import { encodeFrame } from './frame.ts';
import { Overflow } from './overflow.ts';
import { Segment } from './segment.ts';

export interface JournalOptions {
  readonly directory: string;
  /** A segment longer than this is closed and a new one begun. */
  readonly segmentBytes: number;
  /** What may wait in memory while the disk takes nothing. */
  readonly overflowBytes: number;
  readonly clock: Clock;
  /** The disk refused a write. @returns true when something was deleted and it is worth a retry. */
  readonly makeRoom: (error: unknown) => boolean;
  /** The disk takes nothing more, for this reason. Told once until it `recovered`. */
  readonly onTrouble: (error: unknown) => void;
  /** The disk took something again, and nothing waits in memory any more. */
  readonly onRecovered: () => void;
  /** Disk and memory are full: this payload is lost. */
  readonly onLost: (payload: Buffer) => void;
}

const RETRY_MS = 1000;

/**
 * An append-only log in numbered files. Appends are synchronous, so that what was appended
 * survives the death of the process in the next instant; power cuts are survived after `flush`.
 */
export class Journal {
  readonly overflow: Overflow;
  readonly #options: JournalOptions;
  readonly #segments: Segment[];
  #active: Segment | null = null;
  #directoryDirty = false;
  #closing: Promise<unknown> = Promise.resolve();
  #retrying = false;
  #isInTrouble = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.overflow = new Overflow(options.overflowBytes, options.onLost);
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#segments = readdirSync(options.directory)
      .map((name) => Segment.find(join(options.directory, name)))
      .filter((segment) => segment !== null)
      .toSorted((a, b) => a.number - b.number);
  }

  /** Oldest first; the last one may still grow. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.end, 0) + this.overflow.bytes;
  }

  /** Never throws: what the disk refuses waits in memory. */
  append(payload: Buffer): void {
    const frame = encodeFrame(payload);
    if (this.overflow.isEmpty && this.#tryWrite(frame)) {
      this.#recovered();
      return;
    }
    this.overflow.push(frame, payload);
    this.#retryLater();
  }

  /** Everything appended so far survives a power cut, unless the disk refuses. */
  async flush(): Promise<void> {
    await this.#active?.flush();
    await this.#closing;
    if (!this.#directoryDirty) return;
    this.#directoryDirty = false;
    const directory = await open(this.#options.directory);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** Begins a new file with the next append, so that the one in use can be removed. */
  rotate(): void {
    const segment = this.#active;
    this.#active = null;
    if (segment === null) return;
    const closed = segment.close().catch((error: unknown) => this.#troubled(error));
    this.#closing = Promise.all([this.#closing, closed]);
  }

  remove(segment: Segment): void {
    if (segment === this.#active) this.rotate();
    rmSync(segment.path, { force: true });
    const index = this.#segments.indexOf(segment);
    if (index !== -1) this.#segments.splice(index, 1);
  }

  /** Keeps a file that cannot be read for whoever may want to look at it. */
  setAside(segment: Segment): void {
    renameSync(segment.path, `${segment.path}.damaged`);
    this.remove(segment);
  }

  async close(): Promise<void> {
    this.#drain();
    this.rotate();
    await this.#closing;
  }

  #tryWrite(frame: Buffer): boolean {
    for (;;) {
      try {
        this.#writable().append(frame);
        return true;
      } catch (error) {
        // One file may be as long as it can get (`EFBIG`), or on a bad block.
        if (this.#active !== null && this.#active.end > 0) {
          this.rotate();
          continue;
        }
        if (this.#options.makeRoom(error)) continue;
        this.#troubled(error);
        return false;
      }
    }
  }

  #writable(): Segment {
    if (this.#active !== null && this.#active.end >= this.#options.segmentBytes) this.rotate();
    if (this.#active === null) {
      const number = (this.#segments.at(-1)?.number ?? 0) + 1;
      this.#active = Segment.create(this.#options.directory, number);
      this.#segments.push(this.#active);
      this.#directoryDirty = true;
    }
    return this.#active;
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#options.clock.after(RETRY_MS, () => {
      this.#drain();
      this.#retrying = false;
      if (!this.overflow.isEmpty) this.#retryLater();
    });
  }

  #troubled(error: unknown): void {
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.#options.onTrouble(error);
  }

  /** Call it after a write: memory alone is empty as well when all of it was shipped from there. */
  #recovered(): void {
    if (!this.#isInTrouble || !this.overflow.isEmpty) return;
    this.#isInTrouble = false;
    this.#options.onRecovered();
  }

  #drain(): void {
    // What is being shipped from memory would be written, and shipped, a second time.
    if (this.overflow.isTaken) return;
    for (const frame of this.overflow) {
      if (!this.#tryWrite(frame)) return;
      this.overflow.shift();
      this.#recovered();
    }
  }
}
