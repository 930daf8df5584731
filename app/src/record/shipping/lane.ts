import type { ClientBase, Pool } from 'pg';
import { DatabaseError } from 'pg';
import { inTransaction } from '../database/transaction.ts';
import type { Journal } from '../journal/journal.ts';
import type { Segment } from '../journal/segment.ts';

const BATCH_BYTES = 1024 * 1024;
const OVERFLOW_BATCH = 200;

/** A payload of the journal and where it stands there. */
export interface Placed {
  readonly segment: string;
  readonly position: number;
  readonly payload: Buffer;
}

export type AfterCommit = () => void;

export interface LaneOptions {
  readonly journal: Journal;
  readonly pool: Pool;
  /** @returns what to do once it is committed. */
  readonly apply: (client: ClientBase, placed: readonly Placed[]) => Promise<AfterCommit>;
  /** The database will never take this payload. */
  readonly onRefused: (payload: Buffer, error: DatabaseError) => void;
  readonly onDamaged: (segment: Segment, position: number) => void;
}

/** How far a journal had been written at some moment. */
export interface Mark {
  readonly number: number;
  readonly end: number;
}

/**
 * Brings one journal to the database, batch by batch. What a batch stores and how far the journal
 * has thereby been shipped are one transaction, so nothing is stored twice or left out, wherever
 * the connection breaks.
 */
export class Lane {
  readonly journal: Journal;
  readonly #options: LaneOptions;
  /** By segment: known to be stored up to here. */
  readonly #shipped = new Map<string, number>();
  #busy: Segment | null = null;
  /** The last batch was refused for its content: find out which payload it is. */
  #oneByOne = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.journal = options.journal;
  }

  /** Bytes that are not known to be stored. */
  get depthBytes(): number {
    return this.journal.segments.reduce(
      (sum, segment) => sum + segment.end - this.shippedTo(segment),
      this.journal.overflow.bytes,
    );
  }

  shippedTo(segment: Segment): number {
    return this.#shipped.get(segment.id) ?? 0;
  }

  isBusy(segment: Segment): boolean {
    return this.#busy === segment;
  }

  mark(): Mark {
    const last = this.journal.segments.at(-1);
    return last ? { number: last.number, end: last.end } : { number: 0, end: 0 };
  }

  /**
   * Ships what was appended before `mark`, a batch at a time.
   * @returns false when there was nothing left to ship.
   */
  async shipNext(mark: Mark): Promise<boolean> {
    for (const segment of [...this.journal.segments]) {
      if (segment.number > mark.number) break;
      const end = segment.number === mark.number ? mark.end : segment.end;
      if (this.shippedTo(segment) < end) {
        await this.#ship(segment, end);
        return true;
      }
      await this.#forget(segment);
    }
    return this.#shipOverflow();
  }

  async #ship(segment: Segment, end: number): Promise<void> {
    this.#busy = segment;
    try {
      const batch = await inTransaction(this.#options.pool, (client) =>
        this.#storeBatch(client, segment, end),
      );
      this.#oneByOne = false;
      // Nothing readable follows: the segment is done.
      const done = batch.rest === 'torn' || batch.rest === 'damaged';
      this.#shipped.set(segment.id, done ? end : batch.nextPosition);
      batch.afterCommit();
      if (batch.rest !== 'damaged') return;
      this.#options.onDamaged(segment, batch.nextPosition);
      this.journal.setAside(segment);
    } catch (error) {
      if (isRefusal(error)) this.#oneByOne = true;
      throw error;
    } finally {
      this.#busy = null;
    }
  }

  async #storeBatch(client: ClientBase, segment: Segment, end: number) {
    const { rows } = await client.query<{ position: string }>({
      name: 'journal-position',
      text: `INSERT INTO gitcron.journal_positions (segment) VALUES ($1)
        ON CONFLICT (segment) DO UPDATE SET updated_at = now() RETURNING position`,
      values: [segment.id],
    });
    const batch = await segment.read(Number(rows[0]?.position ?? 0), end, BATCH_BYTES);
    const placed = batch.payloads.map((payload, index) => ({
      segment: segment.id,
      position: batch.positions[index] ?? 0,
      payload,
    }));
    const afterCommit = await this.#apply(client, placed);
    await client.query({
      name: 'journal-shipped',
      text: `UPDATE gitcron.journal_positions SET position = $2 WHERE segment = $1`,
      values: [segment.id, batch.nextPosition],
    });
    return { ...batch, afterCommit };
  }

  async #apply(client: ClientBase, placed: readonly Placed[]): Promise<AfterCommit> {
    const steps: AfterCommit[] = [];
    const all: AfterCommit = () => steps.forEach((step) => step());
    if (placed.length === 0) return all;
    if (!this.#oneByOne) return this.#options.apply(client, placed);
    for (const one of placed) {
      await client.query('SAVEPOINT one');
      try {
        const step = await this.#options.apply(client, [one]);
        await client.query('RELEASE SAVEPOINT one');
        steps.push(step);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        await client.query('ROLLBACK TO SAVEPOINT one');
        this.#options.onRefused(one.payload, error);
      }
    }
    return all;
  }

  /** The disk is full but the database answers: what waits in memory goes there directly. */
  async #shipOverflow(): Promise<boolean> {
    const { overflow } = this.journal;
    if (overflow.isEmpty) return false;
    const placed = overflow
      .take(OVERFLOW_BATCH)
      .map((taken) => ({ segment: overflow.id, ...taken }));
    let afterCommit: AfterCommit;
    try {
      afterCommit = await inTransaction(this.#options.pool, (client) =>
        this.#apply(client, placed),
      );
    } catch (error) {
      overflow.giveBack();
      if (isRefusal(error)) this.#oneByOne = true;
      throw error;
    }
    this.#oneByOne = false;
    overflow.done();
    afterCommit();
    return true;
  }

  /** A segment that nobody writes any more and that is stored whole is not needed. */
  async #forget(segment: Segment): Promise<void> {
    if (segment === this.journal.segments.at(-1)) return;
    try {
      this.journal.remove(segment);
    } catch {
      // On a disk that lets nothing be deleted it stays, known to be shipped; the rest goes on.
      return;
    }
    this.#shipped.delete(segment.id);
    await this.#options.pool.query({
      name: 'journal-forget',
      text: 'DELETE FROM gitcron.journal_positions WHERE segment = $1',
      values: [segment.id],
    });
  }
}

/** SQLSTATE classes 22 and 23: the data itself is refused, today and tomorrow. */
function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^2[23]/.test(error.code ?? '');
}
