import { join } from 'node:path';
import type { Pool } from 'pg';
import { v7 as newUuid } from 'uuid';
import { coalesced } from '@gitcron/base/coalesced';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { kindOf, type RecordedEvent } from '../events.ts';
import type { Origin } from '../events/define-event.ts';
import type { OutputEvent, RunFinished } from '../events/run-events.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { createPool } from './database/pool.ts';
import { showSignsOfLife } from './sign-of-life.ts';
import { ownerOf } from './journal/owner.ts';
import { Journals, type JournalsOptions } from './journals.ts';
import type { OutputChunk } from './output/chunk.ts';
import { LastOf } from './last-of.ts';
import { LostRuns } from './lost-runs.ts';
import { RunOutput, type OutputSize } from './output/run-output.ts';
import { Shipper, type DatabaseDown } from './shipping/shipper.ts';

/** Pieces of output that arrive within this time are kept as one. */
const JOIN_MS = 100;

const READERS = 4;

/** So many that ended are remembered with what is kept of their output. */
const NOTED_RUNS = 2000;

/** One ships, the other shows signs of life. */
const SHIPPING_CONNECTIONS = 2;

export interface RecorderOptions {
  /** The state volume. */
  readonly stateDir: string;
  /** The supervisor's own; the scripts' role has no right in its schema `gitcron`. */
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly host: string;
  /** What the journal may take on disk; the oldest output makes room, never a run. */
  readonly journalLimitBytes: number;
  /** What is kept of the output of one run: half of it from the beginning, half from the end. */
  readonly outputLimitBytes: number;
}

export interface RecorderStatus {
  /** Bytes in the journal that are not known to be in the database. */
  readonly journalBytes: number;
  readonly lastShippedAt: EpochMs | null;
  /** False from the start until the database is brought up to date: nothing is written before. */
  readonly prepared: boolean;
  readonly databaseDown: DatabaseDown | null;
  /** Since the start of the supervisor. */
  readonly droppedOutputBytes: number;
  readonly lostRuns: number;
  /** Since when something waits for the database that no try has brought there. */
  readonly waitingSince: EpochMs | null;
  /** Since when the disk takes nothing and history waits in memory. */
  readonly inMemorySince: EpochMs | null;
  /** Since when output makes room for what waits. */
  readonly droppingSince: EpochMs | null;
  /** When the first of `lostRuns` went missing. */
  readonly lostSince: EpochMs | null;
}

/** What is kept of a run's output. */
export interface KeptOutput extends OutputSize {
  readonly omittedWhy: 'run_limit' | 'journal_full' | null;
}

export interface Recorder {
  /** Of the state volume: the same over restarts. */
  readonly owner: string;
  /** Never throws and never waits. What it was told survives the death of the process. */
  record(event: RecordedEvent): void;
  /** What is kept of a run's output by now; null for a run that is not among the last. */
  keptOutput(runId: string): KeptOutput | null;
  /** For reading history: `createHistory(recorder.pool)`. */
  readonly pool: Pool;
  start(): void;
  /** From now on ends of runs are told that only the database knew of; call it when no other is found. */
  tellLost(tell: (end: RunFinished) => void): void;
  /** Ships what is left, for at most `timeoutMs`; the rest is shipped by the next start. */
  stop(timeoutMs: number): Promise<void>;
  status(): RecorderStatus;
  /** Ships what is there now. Rejects when the database does not take it. */
  shipNow(): Promise<void>;
  /** The output of a run that has not ended, as far as it is in memory; null for any other run. */
  liveOutput(runId: string): RunOutput | null;
}

/** @throws CodedError when the journal cannot be opened; the database need not be there. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { stateDir, clock } = options;
  const logger = options.logger.child({ room: 'record' });
  const { owner, journals } = openJournals({
    directory: join(stateDir, 'journal'),
    limitBytes: options.journalLimitBytes,
    clock,
    logger,
  });
  const origin: Origin = { owner, instance: newUuid(), host: options.host };
  const { databaseUrl } = options;
  const pool = createPool(databaseUrl, logger, READERS);
  const shippingPool = createPool(databaseUrl, logger, SHIPPING_CONNECTIONS);
  const lost = new LostRuns();
  const onLost = (end: RunFinished): void => lost.found(end);
  const shipper = new Shipper({
    onLost,
    onAllShipped: () => journals.eased(),
    databaseUrl,
    pool: shippingPool,
    runs: journals.runs,
    output: journals.output,
    logger,
    clock,
  });
  journals.attach(shipper);

  const running = new Map<string, RunOutput>();
  const ended = new LastOf<OutputSize>(NOTED_RUNS);
  let joining: Timer | null = null;
  let signsOfLife: Timer | null = null;
  let stopping: Promise<void> | null = null;
  let flushFailed = false;

  function store(chunk: OutputChunk): void {
    journals.appendChunk(chunk);
    shipper.wake();
  }

  function joinLater(): void {
    joining ??= clock.after(JOIN_MS, () => {
      joining = null;
      for (const output of running.values()) output.seal();
    });
  }

  /** Runs that end together share one wait for the disk. */
  const flushes = coalesced(async () => {
    try {
      await journals.flush();
      flushFailed = false;
    } catch (error) {
      if (!flushFailed)
        logger.error(errorFields(error), 'the journal cannot be flushed to its disk');
      flushFailed = true;
    }
  });

  function recordOutput({ runId, attempt, stream, at, bytes }: OutputEvent): void {
    const output = running.get(runId);
    if (output === undefined) return;
    output.append(attempt, stream, at, bytes);
    if (output.isOpen) joinLater();
  }

  /** @returns how much of it is left out. */
  function endOutput(runId: string): number {
    const output = running.get(runId);
    if (output === undefined) return 0;
    output.finish();
    running.delete(runId);
    ended.set(runId, output.size());
    return output.omittedBytes;
  }

  async function stop(timeoutMs: number): Promise<void> {
    joining?.cancel();
    signsOfLife?.cancel();
    for (const output of running.values()) output.finish();
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(timeoutMs, resolve);
    await Promise.race([shipper.shipNow().catch(() => {}), patience]);
    await Promise.race([shipper.stop(), patience]);
    await flushes.settled();
    await journals.close();
    await Promise.race([Promise.all([pool.end(), shippingPool.end()]), patience]);
    timer.cancel();
  }

  return {
    owner,
    pool,
    record(event) {
      if (event.type === 'output') return recordOutput(event);
      if (event.type === 'run_queued') {
        const { runId } = event.run;
        running.set(runId, new RunOutput(runId, options.outputLimitBytes, store));
      }
      const outputOmittedBytes = event.type === 'run_finished' ? endOutput(event.runId) : 0;
      journals.appendEntry(kindOf(event).keep(event, { origin, outputOmittedBytes }));
      if (event.type === 'run_finished') {
        lost.ended(event.runId);
        void flushes.run();
      }
      shipper.wake();
    },

    keptOutput(runId) {
      const size = running.get(runId)?.size() ?? ended.get(runId);
      if (size === undefined) return null;
      const dropped = journals.droppedOutput(runId);
      const { bytes, omittedBytes } = size;
      const why = dropped > 0 ? 'journal_full' : null;
      return {
        bytes: bytes - dropped,
        omittedBytes: omittedBytes + dropped,
        omittedWhy: omittedBytes > 0 ? 'run_limit' : why,
      };
    },

    start() {
      journals.appendEntry({ type: 'supervisor_started', at: clock.now(), ...origin });
      shipper.wake();
      signsOfLife = showSignsOfLife({ pool: shippingPool, clock, onLost, origin });
    },

    tellLost: (tell) => lost.tellTo(tell),

    stop: (timeoutMs) => (stopping ??= stop(timeoutMs)),

    status: () => ({
      journalBytes: shipper.runs.depthBytes + shipper.output.depthBytes,
      lastShippedAt: shipper.lastShippedAt,
      prepared: shipper.prepared,
      databaseDown: shipper.down,
      droppedOutputBytes: journals.droppedOutputBytes,
      lostRuns: journals.lostRuns,
      waitingSince: shipper.waitingSince,
      inMemorySince: journals.inMemorySince,
      droppingSince: journals.droppingSince,
      lostSince: journals.lostSince,
    }),

    shipNow: () => shipper.shipNow(),

    liveOutput: (runId) => running.get(runId) ?? null,
  };
}

function openJournals(options: JournalsOptions): { owner: string; journals: Journals } {
  try {
    return { owner: ownerOf(options.directory), journals: new Journals(options) };
  } catch (cause) {
    throw new CodedError('GITCRON_E_JOURNAL_OPEN', 'The journal of runs cannot be opened.', {
      place: options.directory,
      cause,
      hint: 'Check that the state volume is mounted, has room, and belongs to the supervisor.',
    });
  }
}
