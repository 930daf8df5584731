import { v7 as newUuid } from 'uuid';

interface Held {
  readonly frame: Buffer;
  readonly payload: Buffer;
  readonly position: number;
}

/** Frames that the disk would not take: a bounded queue in memory. */
export class Overflow {
  /** Stands in for a segment's. */
  readonly id = newUuid();
  readonly #limitBytes: number;
  readonly #onLost: (payload: Buffer) => void;
  readonly #entries: Held[] = [];
  #pushed = 0;
  #taken = 0;
  bytes = 0;

  constructor(limitBytes: number, onLost: (payload: Buffer) => void) {
    this.#limitBytes = limitBytes;
    this.#onLost = onLost;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get isTaken(): boolean {
    return this.#taken > 0;
  }

  /** When the limit is passed the oldest go. */
  push(frame: Buffer, payload: Buffer): void {
    this.#entries.push({ frame, payload, position: this.#pushed });
    this.#pushed += 1;
    this.bytes += frame.length;
    while (this.bytes > this.#limitBytes && this.#entries.length > this.#taken) {
      const [oldest] = this.#entries.splice(this.#taken, 1);
      if (oldest === undefined) return;
      this.bytes -= oldest.frame.length;
      this.#onLost(oldest.payload);
    }
  }

  shift(): void {
    this.bytes -= this.#entries.shift()?.frame.length ?? 0;
  }

  /** Lends the oldest payloads, to be stored elsewhere; end with `done` or `giveBack`. */
  take(count: number): { position: number; payload: Buffer }[] {
    const taken = this.#entries.slice(0, count);
    this.#taken = taken.length;
    return taken.map(({ position, payload }) => ({ position, payload }));
  }

  /** They are stored. */
  done(): void {
    for (const { frame } of this.#entries.splice(0, this.#taken)) this.bytes -= frame.length;
    this.#taken = 0;
  }

  giveBack(): void {
    this.#taken = 0;
  }

  /** The frames, oldest first; each may be shifted out while it is visited. */
  *[Symbol.iterator](): Generator<Buffer> {
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      yield first.frame;
    }
  }
}
