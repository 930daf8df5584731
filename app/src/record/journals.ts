import { join } from 'node:path';
import type { Clock, EpochMs } from '@gitcron/base/clock';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { JournalEntry } from '../events.ts';
import { decodeEntry, encodeEntry } from './journal/entry-codec.ts';
import { Journal } from './journal/journal.ts';
import { LastOf } from './last-of.ts';
import type { Segment } from './journal/segment.ts';
import { decodeChunk, encodeChunk, type OutputChunk } from './output/chunk.ts';
import type { Lane } from './shipping/lane.ts';

const MEBIBYTE = 1024 * 1024;

/** More than are remembered of those that ended, and those that run. */
const NOTED_RUNS = 2000;

/** Entries are small and precious, output is neither. */
const RUNS_OVERFLOW_BYTES = 32 * MEBIBYTE;
const OUTPUT_OVERFLOW_BYTES = 16 * MEBIBYTE;

export interface JournalsOptions {
  readonly directory: string;
  /** What both may take on disk together, as far as output can make room. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The two journals, runs and output, within one limit. When there is no room, on disk or within
 * the limit, the oldest output goes and the runs it belongs to are told so. Runs never go.
 */
export class Journals {
  readonly runs: Journal;
  readonly output: Journal;
  readonly #options: JournalsOptions;
  #lanes: { readonly runs: Lane; readonly output: Lane } | null = null;
  #isTooLong = false;
  droppedOutputBytes = 0;
  readonly #droppedByRun = new LastOf<number>(NOTED_RUNS);
  lostRuns = 0;
  /** Since when output makes room for what waits; null when there is room. */
  droppingSince: EpochMs | null = null;
  /** When the first run went missing that is counted among the lost. */
  lostSince: EpochMs | null = null;
  readonly #inMemory = new Map<'runs' | 'output', EpochMs>();

  constructor(options: JournalsOptions) {
    this.#options = options;
    const { directory, limitBytes, clock } = options;
    const segmentBytes = Math.min(8 * MEBIBYTE, Math.max(64 * 1024, limitBytes / 16));
    const tellTrouble = (which: 'runs' | 'output') => ({
      onTrouble: (error: unknown) => this.#trouble(which, error),
      onRecovered: () => this.#recovered(which),
    });
    const makeRoom = this.#makeRoom.bind(this);
    this.runs = new Journal({
      directory: join(directory, 'runs'),
      segmentBytes,
      overflowBytes: RUNS_OVERFLOW_BYTES,
      clock,
      makeRoom,
      ...tellTrouble('runs'),
      onLost: (payload) => this.#lostEntry(payload),
    });
    this.output = new Journal({
      directory: join(directory, 'output'),
      segmentBytes,
      overflowBytes: OUTPUT_OVERFLOW_BYTES,
      clock,
      makeRoom,
      ...tellTrouble('output'),
      onLost: (payload) => this.#dropped([payload]),
    });
  }

  /** Who knows what has been shipped already. */
  attach(lanes: { readonly runs: Lane; readonly output: Lane }): void {
    this.#lanes = lanes;
  }

  appendEntry(entry: JournalEntry): void {
    this.runs.append(encodeEntry(entry));
    this.#keepWithinLimit();
  }

  appendChunk(chunk: OutputChunk): void {
    this.output.append(encodeChunk(chunk));
    this.#keepWithinLimit();
  }

  /** Since when the disk takes nothing; null when it does, or when the database has taken all that waits in memory. */
  get inMemorySince(): EpochMs | null {
    const waits = !this.runs.overflow.isEmpty || !this.output.overflow.isEmpty;
    return waits && this.#inMemory.size > 0 ? Math.min(...this.#inMemory.values()) : null;
  }

  /** All that waited is in the database: there is room again. */
  eased(): void {
    this.droppingSince = null;
    this.#isTooLong = false;
  }

  /** Everything appended so far survives a power cut. */
  async flush(): Promise<void> {
    await this.output.flush();
    await this.runs.flush();
  }

  async close(): Promise<void> {
    await this.output.close();
    await this.runs.close();
  }

  #keepWithinLimit(): void {
    const { limitBytes, logger } = this.#options;
    while (this.runs.bytes + this.output.bytes > limitBytes) {
      if (this.#dropOldestOutput()) continue;
      if (!this.#isTooLong && this.runs.bytes > limitBytes) {
        this.#isTooLong = true;
        const error = new CodedError(
          'GITCRON_E_JOURNAL_LIMIT',
          'The journal is over its limit with runs alone, and runs are never left out.',
          { hint: 'Bring the database back, or give the journal more room with JOURNAL_LIMIT_MB.' },
        );
        logger.error(errorFields(error), 'the journal is over its limit');
      }
      return;
    }
  }

  /** The disk refused a write: is there something to delete that would help? */
  #makeRoom(error: unknown): boolean {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    return full && (this.#removeShipped() || this.#dropOldestOutput());
  }

  #removeShipped(): boolean {
    const output = this.#lanes?.output;
    const shipped = this.output.segments.find(
      (segment) =>
        output !== undefined &&
        segment.end > 0 &&
        !output.isBusy(segment) &&
        output.shippedTo(segment) >= segment.end,
    );
    if (shipped === undefined) return false;
    try {
      this.output.remove(shipped);
      return true;
    } catch {
      return false;
    }
  }

  #dropOldestOutput(): boolean {
    const output = this.#lanes?.output;
    const oldest = this.output.segments.find(
      (segment) => segment.end > 0 && output?.isBusy(segment) !== true,
    );
    if (!oldest) return false;
    const payloads = unshipped(oldest, output);
    try {
      this.output.remove(oldest);
    } catch {
      // A disk on which nothing can be deleted has no room to make.
      return false;
    }
    this.#dropped(payloads);
    return true;
  }

  /** Of a run, as long as it is among the last that lost some. */
  droppedOutput(runId: string): number {
    return this.#droppedByRun.get(runId) ?? 0;
  }

  #noteDropped(runId: string, bytes: number): void {
    this.#droppedByRun.set(runId, this.droppedOutput(runId) + bytes);
  }

  /** Tells the runs, and the operator once. */
  #dropped(payloads: readonly Buffer[]): void {
    if (payloads.length === 0) return;
    const bytesByRun: Record<string, number> = {};
    for (const payload of payloads) {
      const { runId, bytes } = decodeChunk(payload);
      bytesByRun[runId] = (bytesByRun[runId] ?? 0) + bytes.length;
      this.#noteDropped(runId, bytes.length);
      this.droppedOutputBytes += bytes.length;
    }
    const { clock, logger } = this.#options;
    this.runs.append(encodeEntry({ type: 'output_dropped', at: clock.now(), bytesByRun }));
    if (this.droppingSince !== null) return;
    this.droppingSince = clock.now();
    const error = new CodedError(
      'GITCRON_E_JOURNAL_FULL',
      'There is no room for all the history that waits for the database: the oldest output of runs is being left out. The runs themselves are kept.',
      { hint: 'Bring the database back, free disk space, or raise JOURNAL_LIMIT_MB.' },
    );
    logger.warn(errorFields(error), 'output is being left out');
  }

  #lostEntry(payload: Buffer): void {
    const entry = decodeEntry(payload);
    if (entry?.type !== 'run_finished') return;
    this.lostRuns += 1;
    if (this.lostSince !== null) return;
    this.lostSince = this.#options.clock.now();
    const error = new CodedError(
      'GITCRON_E_JOURNAL_LOST',
      'Disk and memory are full: the history of finished runs is being lost.',
      { place: `first run ${entry.runId}`, hint: 'Free disk space on the state volume at once.' },
    );
    this.#options.logger.error(errorFields(error), 'history is being lost');
  }

  #trouble(which: 'runs' | 'output', cause: unknown): void {
    this.#inMemory.set(which, this.#options.clock.now());
    const error = new CodedError(
      'GITCRON_E_JOURNAL_WRITE',
      'The journal cannot be written; history waits in memory meanwhile.',
      {
        place: join(this.#options.directory, which),
        cause,
        hint: 'Free disk space on the state volume, or see why it cannot be written. Jobs go on running; what waits in memory is lost if the supervisor dies.',
      },
    );
    this.#options.logger.error(errorFields(error), 'history waits in memory');
  }

  #recovered(which: 'runs' | 'output'): void {
    this.#inMemory.delete(which);
    this.#options.logger.info(
      `the journal of ${which} can be written again: nothing of it waits in memory any more`,
    );
  }
}

function unshipped(segment: Segment, output: Lane | undefined): readonly Buffer[] {
  try {
    return segment.readRest(output?.shippedTo(segment) ?? 0);
  } catch {
    // It goes anyway; whose output it was cannot be told.
    return [];
  }
}
