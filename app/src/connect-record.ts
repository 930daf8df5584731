import { hostname } from 'node:os';
import { systemClock, type Timer } from '@gitcron/base/clock';
import type { Settings } from './config/settings.ts';
import type { RecordedEvent } from './events.ts';
import type { RunFinished } from './events/run-events.ts';
import type { Observer } from './events/tell-observers.ts';
import type { RecordRoom } from './http/rooms.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { createHistory } from './record/history/history.ts';
import { createRecorder, type KeptOutput } from './record/recorder.ts';
import { cleanupRuns, type CleanupResult } from './record/retention/cleanup.ts';

const MEBIBYTE = 1024 * 1024;

/** At a stop: what the database does not take by then waits in the journal for the next start. */
const SHIP_AT_STOP_MS = 5000;

/** How often history is brought within its limits; the first time soon after a start. */
const CLEAN_EVERY_MS = 6 * 3_600_000;
const CLEAN_FIRST_MS = 10 * 60_000;

export interface ConnectRecordOptions {
  readonly settings: Settings;
  readonly stateDirectory: string;
  readonly logger: Logger;
}

/** The record, or what stands in its place where there is no database. */
export interface ConnectedRecord {
  readonly room: RecordRoom | null;
  readonly observer: Observer<RecordedEvent>;
  /** See `Recorder`. */
  keptOutput(runId: string): KeptOutput | null;
  start(): void;
  /** See `Recorder`. */
  tellLost(tell: (end: RunFinished) => void): void;
  stop(): Promise<void>;
}

export function connectRecord(options: ConnectRecordOptions): ConnectedRecord {
  const { settings, stateDirectory, logger } = options;
  const { GITCRON_DATABASE_URL: databaseUrl } = settings;
  if (databaseUrl === undefined) {
    return {
      room: null,
      observer: { name: 'record', observe: () => {} },
      keptOutput: () => null,
      tellLost: () => {},
      start: () =>
        logger.warn('There is no database to keep history in (GITCRON_DATABASE_URL). Jobs run.'),
      stop: async () => {},
    };
  }
  const recorder = createRecorder({
    stateDir: stateDirectory,
    databaseUrl,
    logger,
    clock: systemClock,
    host: hostname(),
    journalLimitBytes: settings.JOURNAL_LIMIT_MB * MEBIBYTE,
    outputLimitBytes: settings.RUN_OUTPUT_LIMIT_MB * MEBIBYTE,
  });
  const limits = {
    keepDays: settings.KEEP_RUNS_DAYS,
    keepRunsPerJob: settings.KEEP_RUNS_PER_JOB,
    keepOutputBytes: settings.KEEP_OUTPUT_MB * MEBIBYTE,
  };
  const cleanUp = (dryRun: boolean): Promise<CleanupResult> =>
    cleanupRuns(recorder.pool, { limits, now: systemClock.now(), dryRun });
  let cleaning: Timer | null = null;
  const cleanAgain = (inMs: number): void => {
    cleaning = systemClock.after(inMs, () => {
      cleanAgain(CLEAN_EVERY_MS);
      cleanUp(false).then(
        (result) => tell(result, logger),
        (error: unknown) =>
          logger.warn(errorFields(error), 'History was not cleaned up this time.'),
      );
    });
  };
  return {
    room: { recorder, history: createHistory(recorder.pool), cleanUp },
    observer: { name: 'record', observe: (event) => recorder.record(event) },
    keptOutput: (runId) => recorder.keptOutput(runId),
    tellLost: (to) => recorder.tellLost(to),
    start() {
      recorder.start();
      cleanAgain(CLEAN_FIRST_MS);
    },
    async stop() {
      cleaning?.cancel();
      await recorder.stop(SHIP_AT_STOP_MS);
    },
  };
}

function tell({ runsByAge, runsByCount, outputsBySize }: CleanupResult, logger: Logger): void {
  const runs = runsByAge + runsByCount;
  if (runs + outputsBySize === 0) return;
  logger.info(
    `Cleaned up history: ${runs} runs are gone, and the output of ${outputsBySize} more.`,
  );
}
