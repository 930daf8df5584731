import type { EpochMs } from '@gitcron/base/clock';
import type { OutputStream } from '../../api/output.ts';
import type { OutputChunk } from './chunk.ts';

/** Longer pieces are cut: the size of a pipe's buffer, and well compressed by Postgres. */
const CHUNK_BYTES = 64 * 1024;

/** What somebody who begins to follow a running run gets without the database. */
const RECENT_BYTES = 256 * 1024;

/** What a chunk costs besides its bytes, so that many tiny ones do not slip under the limit. */
const CHUNK_OVERHEAD_BYTES = 64;

const costOf = (chunk: OutputChunk): number => chunk.bytes.length + CHUNK_OVERHEAD_BYTES;

/** Of a run's output, so far. */
export interface OutputSize {
  /** That are kept. */
  readonly bytes: number;
  /** Left out by the limit of a run. */
  readonly omittedBytes: number;
}

interface Follower {
  readonly onChunk: (chunk: OutputChunk) => void;
  readonly onEnd: () => void;
}

interface Piece {
  readonly attempt: number;
  readonly stream: OutputStream;
  readonly at: EpochMs;
  readonly parts: Buffer[];
  bytes: number;
}

/**
 * The output of one running run: joins small pieces into chunks and keeps the run within its
 * limit. The first half of the limit is stored as it comes; of the rest the last half is kept
 * back until the run ends, so that beginning and end of a long output are both there.
 */
export class RunOutput {
  readonly runId: string;
  readonly #limitBytes: number;
  readonly #store: (chunk: OutputChunk) => void;
  readonly #followers = new Set<Follower>();
  readonly #recent: OutputChunk[] = [];
  readonly #tail: OutputChunk[] = [];
  #open: Piece | null = null;
  #sequence = 0;
  #recentBytes = 0;
  #headBytes = 0;
  #tailBytes = 0;
  #bytes = 0;
  omittedBytes = 0;

  constructor(runId: string, limitBytes: number, store: (chunk: OutputChunk) => void) {
    this.runId = runId;
    this.#limitBytes = limitBytes;
    this.#store = store;
  }

  /** @param bytes - are kept, not copied, unless they are few. */
  append(attempt: number, stream: OutputStream, at: EpochMs, bytes: Buffer): void {
    this.#bytes += bytes.length;
    for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
      this.#join(attempt, stream, at, bytes.subarray(offset, offset + CHUNK_BYTES));
    }
  }

  size(): OutputSize {
    return { bytes: this.#bytes - this.omittedBytes, omittedBytes: this.omittedBytes };
  }

  /** Passes on what is still being joined. */
  seal(): void {
    const piece = this.#open;
    if (piece === null) return;
    this.#open = null;
    const [only, ...more] = piece.parts;
    // A few bytes of a large buffer would keep all of it in memory.
    const keepWhole = only !== undefined && more.length === 0 && only.length >= CHUNK_BYTES / 2;
    const bytes = keepWhole ? only : Buffer.concat(piece.parts);
    const { attempt, stream, at } = piece;
    this.#sequence += 1;
    const chunk = { runId: this.runId, sequence: this.#sequence, attempt, stream, at, bytes };
    this.#keep(chunk);
    this.#remember(chunk);
    for (const { onChunk } of this.#followers) onChunk(chunk);
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** The run is over: the end of its output is stored too. */
  finish(): void {
    this.seal();
    for (const chunk of this.#tail.splice(0)) this.#store(chunk);
    for (const { onEnd } of this.#followers) onEnd();
    this.#followers.clear();
  }

  /** The chunks still in memory, oldest first: at least the last 256 KiB of the output. */
  inMemory(): OutputChunk[] {
    const first = this.#recent[0]?.sequence ?? Number.POSITIVE_INFINITY;
    return [...this.#tail.filter(({ sequence }) => sequence < first), ...this.#recent];
  }

  /** @returns stops it. */
  follow(onChunk: (chunk: OutputChunk) => void, onEnd: () => void): () => void {
    const follower = { onChunk, onEnd };
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  #join(attempt: number, stream: OutputStream, at: EpochMs, bytes: Buffer): void {
    const open = this.#open;
    const fits =
      open !== null &&
      open.attempt === attempt &&
      open.stream === stream &&
      open.bytes + bytes.length <= CHUNK_BYTES;
    if (open !== null && !fits) this.seal();
    if (open !== null && fits) {
      open.parts.push(bytes);
      open.bytes += bytes.length;
    } else {
      this.#open = { attempt, stream, at, parts: [bytes], bytes: bytes.length };
    }
    if (this.#open !== null && this.#open.bytes >= CHUNK_BYTES) this.seal();
  }

  #keep(chunk: OutputChunk): void {
    const half = this.#limitBytes / 2;
    if (this.#tail.length === 0 && this.#headBytes + costOf(chunk) <= half) {
      this.#headBytes += costOf(chunk);
      this.#store(chunk);
      return;
    }
    this.#tail.push(chunk);
    this.#tailBytes += costOf(chunk);
    while (this.#tailBytes > half) {
      const dropped = this.#tail.shift();
      if (dropped === undefined) return;
      this.#tailBytes -= costOf(dropped);
      this.omittedBytes += dropped.bytes.length;
    }
  }

  #remember(chunk: OutputChunk): void {
    this.#recent.push(chunk);
    this.#recentBytes += costOf(chunk);
    while (this.#recentBytes > RECENT_BYTES) {
      const oldest = this.#recent.shift();
      if (oldest === undefined) return;
      this.#recentBytes -= costOf(oldest);
    }
  }
}
