import pRetry from 'p-retry';
import { DatabaseError, type Pool } from 'pg';
import { coalesced } from '@gitcron/base/coalesced';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { migrate } from '../database/migrate.ts';
import { prepareTextSearch } from '../database/text-search.ts';
import { decodeEntry } from '../journal/entry-codec.ts';
import type { RunFinished } from '../../events/run-events.ts';
import type { Journal } from '../journal/journal.ts';
import type { Segment } from '../journal/segment.ts';
import { decodeChunk } from '../output/chunk.ts';
import { applyEntries } from './apply-entries.ts';
import { applyOutput } from './apply-output.ts';
import { Lane } from './lane.ts';

/** What is appended within this time is shipped together. */
const GATHER_MS = 200;

/** How long a database may be away before it is asked only so often. */
const LONGEST_WAIT_MS = 15_000;

export interface ShipperOptions {
  readonly databaseUrl: string;
  /** Nobody else's, so that shipping never waits for readers. */
  readonly pool: Pool;
  readonly runs: Journal;
  readonly output: Journal;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Nothing waited any more when a pass was over. */
  readonly onAllShipped: () => void;
  /** The end of a run that only the database knew of, once it is stored. */
  readonly onLost: (end: RunFinished) => void;
}

/** A database that takes nothing. */
export interface DatabaseDown {
  readonly since: EpochMs;
  /** Of the last try. */
  readonly reason: string;
  /** It said itself that it takes nothing, so it may be read. */
  readonly answers: boolean;
}

/** Brings both journals to the database, for as long as it takes. */
export class Shipper {
  readonly runs: Lane;
  readonly output: Lane;
  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | null = null;
  #shipping: Promise<void> | null = null;
  /** Over both journals. */
  readonly #passes = coalesced(() => this.#shipAll());
  #prepared = false;
  #saidDown = false;
  /** Since when the database takes nothing, and why not at the last try. */
  down: DatabaseDown | null = null;
  lastShippedAt: EpochMs | null = null;
  /** Since when something waits that no pass has brought there; null when nothing does. */
  waitingSince: EpochMs | null = null;

  /** The tables are those of this version, so history can be written. */
  get prepared(): boolean {
    return this.#prepared;
  }

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { pool, runs, output } = options;
    const lane = { pool, onRefused: this.#refused.bind(this), onDamaged: this.#damaged.bind(this) };
    this.runs = new Lane({
      ...lane,
      journal: runs,
      apply: async (client, placed) => {
        const ends = await applyEntries(
          client,
          placed.flatMap(({ segment, position, payload }) => {
            const entry = decodeEntry(payload);
            if (entry === null) this.#unknown(payload);
            return entry === null ? [] : [{ segment, position, entry }];
          }),
        );
        return () => ends.forEach((end) => options.onLost(end));
      },
    });
    this.output = new Lane({
      ...lane,
      journal: output,
      apply: async (client, placed) => {
        await applyOutput(
          client,
          placed.map(({ payload }) => decodeChunk(payload)),
        );
        return () => {};
      },
    });
  }

  /** Something was appended. */
  wake(): void {
    this.waitingSince ??= this.#options.clock.now();
    if (this.#timer !== null || this.#shipping !== null) return;
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#options.clock.after(GATHER_MS, () => {
      this.#timer = null;
      void this.#shipPersistently();
    });
  }

  /**
   * Ships what is there now, without waiting for company.
   * @throws when the database does not take it.
   */
  shipNow(): Promise<void> {
    return this.#passes.run();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopping.abort();
    await this.#shipping;
    await this.#passes.settled();
  }

  #shipPersistently(): Promise<void> {
    const { signal } = this.#stopping;
    this.#shipping = pRetry(() => this.#passes.run(), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: LONGEST_WAIT_MS,
      randomize: true,
      signal,
    })
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.logger.error(errorFields(error), 'shipping the journal ended');
      })
      .finally(() => {
        this.#shipping = null;
        if (this.runs.depthBytes + this.output.depthBytes > 0) this.wake();
      });
    return this.#shipping;
  }

  async #shipAll(): Promise<void> {
    try {
      if (!this.#prepared) {
        await migrate(this.#options.databaseUrl, this.#options.logger);
        this.#prepared = true;
        void this.#indexTexts();
      }
      for (let more = true; more;) {
        // Output written before this moment belongs to runs that are queued before it.
        const written = this.output.mark();
        while (await this.runs.shipNext(this.runs.mark()));
        more = await this.output.shipNext(written);
      }
      this.#reached();
    } catch (error) {
      // Somebody emptied the database, or put an old backup into its place.
      if (isWithoutTables(error)) this.#prepared = false;
      this.#failed(error);
      // Anything may pass: a bug, too, must not end shipping for good.
      throw new Error('The journal could not be shipped.', { cause: error });
    }
  }

  async #indexTexts(): Promise<void> {
    const { databaseUrl, logger } = this.#options;
    try {
      await prepareTextSearch(databaseUrl, logger);
    } catch (error) {
      // The next start makes it.
      if (this.#stopping.signal.aborted) return;
      logger.warn(errorFields(error), 'database: the index for searching text was not made');
    }
  }

  #reached(): void {
    const { clock, logger } = this.#options;
    this.lastShippedAt = clock.now();
    this.waitingSince = null;
    this.#options.onAllShipped();
    if (this.down !== null && this.#saidDown) {
      const seconds = Math.round((clock.now() - this.down.since) / 1000);
      logger.info(`the database is back after ${seconds} s: all that waited for it is stored`);
    }
    this.down = null;
    this.#saidDown = false;
  }

  #failed(error: unknown): void {
    const { clock, logger } = this.#options;
    const isFirst = this.down === null;
    const reason = error instanceof Error ? error.message : String(error);
    const answers = error instanceof DatabaseError;
    this.down = { since: this.down?.since ?? clock.now(), reason, answers };
    // A deadlock or a restart is over before anybody could do something about it.
    if (isFirst || this.#saidDown) return;
    this.#saidDown = true;
    const coded = new CodedError(
      'GITCRON_E_RECORD_DATABASE',
      'History cannot be written to the database.',
      {
        cause: error,
        hint: 'Jobs go on running and their history waits in the journal. Check that the database is up and takes writes; nothing else is to be done.',
      },
    );
    logger.warn(errorFields(coded), 'history waits for the database');
  }

  #refused(payload: Buffer, error: DatabaseError): void {
    const coded = new CodedError(
      'GITCRON_E_RECORD_REFUSED',
      'The database refused a piece of history; it is left out.',
      { cause: error, hint: 'This is a fault in Gitcron: please report it with this message.' },
    );
    const start = payload.toString('latin1', 0, 300);
    this.#options.logger.error(
      { ...errorFields(coded), payload: start },
      'a piece of history is left out',
    );
  }

  #unknown(payload: Buffer): void {
    const coded = new CodedError(
      'GITCRON_E_RECORD_UNKNOWN',
      'The journal has an entry that this version does not know; it is left out.',
      { hint: 'It was written by another version of Gitcron. Start that one to have it shipped.' },
    );
    const start = payload.toString('latin1', 0, 300);
    this.#options.logger.error(
      { ...errorFields(coded), payload: start },
      'a piece of history is left out',
    );
  }

  #damaged(segment: Segment, position: number): void {
    const coded = new CodedError(
      'GITCRON_E_JOURNAL_DAMAGED',
      'A file of the journal cannot be read to its end; it was set aside.',
      {
        place: `${segment.path}.damaged, byte ${position}`,
        hint: 'Check the disk. History is complete up to that place; delete the file when you do not need it.',
      },
    );
    this.#options.logger.error(errorFields(coded), 'a journal file was set aside');
  }
}

/** SQLSTATE invalid_schema_name, undefined_table, undefined_column. */
function isWithoutTables(error: unknown): boolean {
  return error instanceof DatabaseError && /^(?:3F000|42P01|42703)$/.test(error.code ?? '');
}
