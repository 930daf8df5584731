import { join } from 'node:path';
import type { Pool } from 'pg';
import { v7 as newUuid } from 'uuid';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import type { RecordedEvent, RunEvent } from '../events.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields, type Logger } from '@gitcron/base/log';
import { createPool } from './database/pool.ts';
import { showSignsOfLife } from './sign-of-life.ts';
import type { Origin } from './journal/entry.ts';
import { ownerOf } from './journal/owner.ts';
import { Journals, type JournalsOptions } from './journals.ts';
import type { OutputChunk } from './output/chunk.ts';
import { RunOutput, type KeptOutput } from './output/run-output.ts';
import { Shipper, type DatabaseDown } from './shipping/shipper.ts';

/** Pieces of output that arrive within this time are kept as one. */
const JOIN_MS = 100;

const READERS = 4;

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
}

export interface Recorder {
  /**
   * Never throws and never waits. What it was told survives the death of the process.
   * @returns what is kept of the run's output by now; null for an event that is not of output.
   */
  record(event: RecordedEvent): KeptOutput | null;
  /** Bytes of a run's output that had to make room for others in the journal. */
  droppedOutput(runId: string): number;
  /** For reading history: `createHistory(recorder.pool)`. */
  readonly pool: Pool;
  start(): void;
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
  const shipper = new Shipper({
    databaseUrl,
    pool: shippingPool,
    runs: journals.runs,
    output: journals.output,
    logger,
    clock,
  });
  journals.attach(shipper);

  const running = new Map<string, RunOutput>();
  let joining: Timer | null = null;
  let signsOfLife: Timer | null = null;
  let flushing: Promise<void> | null = null;
  let flushAgain = false;
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
  function flush(): void {
    if (flushing !== null) {
      flushAgain = true;
      return;
    }
    flushing = journals
      .flush()
      .then(
        () => (flushFailed = false),
        (error: unknown) => {
          if (!flushFailed)
            logger.error(errorFields(error), 'the journal cannot be flushed to its disk');
          flushFailed = true;
        },
      )
      .then(() => {})
      .finally(() => {
        flushing = null;
        if (!flushAgain) return;
        flushAgain = false;
        flush();
      });
  }

  function recordOutput(event: Extract<RunEvent, { type: 'output' }>): KeptOutput | null {
    const output = running.get(event.runId);
    if (output === undefined) return null;
    output.append(event.attempt, event.stream, event.at, event.bytes);
    if (output.isOpen) joinLater();
    return output.kept();
  }

  async function stop(timeoutMs: number): Promise<void> {
    joining?.cancel();
    signsOfLife?.cancel();
    for (const output of running.values()) output.finish();
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(timeoutMs, resolve);
    await Promise.race([shipper.shipNow().catch(() => {}), patience]);
    await Promise.race([shipper.stop(), patience]);
    await flushing;
    await journals.close();
    await Promise.race([Promise.all([pool.end(), shippingPool.end()]), patience]);
    timer.cancel();
  }

  return {
    pool,
    record(event) {
      let kept: KeptOutput | null = null;
      switch (event.type) {
        case 'output':
          return recordOutput(event);
        case 'run_queued': {
          const { runId } = event.run;
          running.set(runId, new RunOutput(runId, options.outputLimitBytes, store));
          journals.appendEntry({ ...event, origin });
          break;
        }
        case 'attempt_finished':
          // The record keeps them of whole runs.
          journals.appendEntry({
            ...event,
            outcome: { ...event.outcome, result: null, error: null },
          });
          break;
        case 'run_finished': {
          const output = running.get(event.runId);
          output?.finish();
          kept = output?.kept() ?? null;
          running.delete(event.runId);
          const outputOmittedBytes = output?.omittedBytes ?? 0;
          journals.appendEntry({ ...event, outputOmittedBytes });
          flush();
          break;
        }
        case 'clock_set_back':
        case 'release_activated':
          journals.appendEntry({ ...event, owner });
          break;
        case 'attempt_started':
        case 'revision_noticed':
        case 'dependencies_installed':
        case 'release_planned':
        case 'changes_learned':
        case 'revision_rejected':
        case 'schedule_replaced':
        case 'sync_published':
        case 'sync_failed':
          journals.appendEntry(event);
      }
      shipper.wake();
      return kept;
    },

    droppedOutput: (runId) => journals.droppedOutput(runId),

    start() {
      journals.appendEntry({ type: 'supervisor_started', at: clock.now(), ...origin });
      shipper.wake();
      signsOfLife = showSignsOfLife({ pool: shippingPool, clock, logger, origin });
    },

    stop: (timeoutMs) => (stopping ??= stop(timeoutMs)),

    status: () => ({
      journalBytes: shipper.runs.depthBytes + shipper.output.depthBytes,
      lastShippedAt: shipper.lastShippedAt,
      prepared: shipper.prepared,
      databaseDown: shipper.down,
      droppedOutputBytes: journals.droppedOutputBytes,
      lostRuns: journals.lostRuns,
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
