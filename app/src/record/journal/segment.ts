import {
  closeSync,
  fdatasync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { v7 as newUuid } from 'uuid';
import { decodeFrames, FRAME_HEADER_BYTES } from './frame.ts';

const NAME = /^(\d{8})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.journal$/;

const flushToDisk = promisify(fdatasync);

/** What one read of a segment gave. */
export interface Batch {
  readonly payloads: readonly Buffer[];
  /** Where each payload's frame begins, in bytes from the start of the segment. */
  readonly positions: readonly number[];
  readonly nextPosition: number;
  /**
   * What is at `nextPosition`: more frames, or nothing (yet), or the frame that a dying writer
   * did not finish, or bytes that nobody can read, and so neither what follows them.
   */
  readonly rest: 'more' | 'end' | 'torn' | 'damaged';
}

/**
 * One append-only file of the journal. It has one writer in its life: a supervisor that starts
 * leaves the files of its predecessor alone, so a frame cut off by a crash is always the last.
 */
export class Segment {
  /** Segments are read in the order of their numbers. */
  readonly number: number;
  readonly id: string;
  readonly path: string;
  /** The length of what was written whole. */
  end: number;
  #writer: number | null = null;
  #flushing: Promise<void> | null = null;

  private constructor(path: string, number: number, id: string, end: number) {
    this.path = path;
    this.number = number;
    this.id = id;
    this.end = end;
  }

  /** @returns null for a file that is not a segment. */
  static find(path: string): Segment | null {
    const [, number, id] = NAME.exec(basename(path)) ?? [];
    if (number === undefined || id === undefined) return null;
    const stats = lstatSync(path);
    return stats.isFile() ? new Segment(path, Number(number), id, stats.size) : null;
  }

  static create(directory: string, number: number): Segment {
    const id = newUuid();
    const path = join(directory, `${String(number).padStart(8, '0')}-${id}.journal`);
    const segment = new Segment(path, number, id, 0);
    segment.#writer = openSync(path, 'ax', 0o600);
    return segment;
  }

  /**
   * Appends a whole frame, or nothing.
   * @throws the system's error (`ENOSPC`, `EIO`, …)
   */
  append(frame: Buffer): void {
    if (this.#writer === null) throw new Error(`${this.path} is closed`);
    try {
      let written = 0;
      while (written < frame.length) written += writeSync(this.#writer, frame, written);
    } catch (error) {
      // A full disk takes the beginning of a frame and refuses the rest.
      ftruncateSync(this.#writer, this.end);
      throw error;
    }
    this.end += frame.length;
  }

  /** What was appended before the call survives a power cut after it. */
  async flush(): Promise<void> {
    await this.#flushing;
    if (this.#writer === null) return;
    this.#flushing = flushToDisk(this.#writer).finally(() => (this.#flushing = null));
    await this.#flushing;
  }

  async close(): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    // A flush under way holds the descriptor.
    await this.#flushing?.catch(() => {});
    this.#writer = null;
    try {
      await flushToDisk(writer);
    } finally {
      closeSync(writer);
    }
  }

  /** Reads whole frames between two positions: about `maxBytes` of them, and at least one. */
  async read(position: number, end: number, maxBytes: number): Promise<Batch> {
    const file = await open(this.path, 'r');
    try {
      for (let length = maxBytes; ;) {
        const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, end - position)));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        const decoded = decodeFrames(buffer.subarray(0, bytesRead));
        const nextPosition = position + decoded.consumed;
        // Shorter than what was written to it: somebody else cut it off.
        const isDamaged = decoded.stopped === 'damaged' || bytesRead < buffer.length;
        const isIncomplete = decoded.stopped === 'incomplete' && !isDamaged;
        const torn = isIncomplete && nextPosition + decoded.needed > end;
        if (decoded.payloads.length === 0 && isIncomplete && !torn) {
          length = decoded.needed;
          continue;
        }
        const { payloads } = decoded;
        const rest = isDamaged ? 'damaged' : torn ? 'torn' : 'more';
        return {
          payloads,
          positions: framePositions(position, payloads),
          nextPosition,
          rest: nextPosition >= end ? 'end' : rest,
        };
      }
    } finally {
      await file.close();
    }
  }

  /** All frames from `position` on that can be read, at once. For a segment that has to go now. */
  readRest(position: number): readonly Buffer[] {
    return decodeFrames(readFileSync(this.path).subarray(position)).payloads;
  }
}

function framePositions(start: number, payloads: readonly Buffer[]): number[] {
  let position = start;
  return payloads.map((payload) => {
    const own = position;
    position += FRAME_HEADER_BYTES + payload.length;
    return own;
  });
}
