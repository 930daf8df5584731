import { hostname } from 'node:os';
import { systemClock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import type { RecordedEvent } from './events.ts';
import type { RecordRoom } from './http/rooms.ts';
import type { Logger } from './log.ts';
import { createHistory } from './record/history/history.ts';
import { createRecorder } from './record/recorder.ts';
import { cleanupRuns } from './record/retention/cleanup.ts';

/** At a stop: what the database does not take by then waits in the journal for the next start. */
const SHIP_AT_STOP_MS = 5000;

export interface ConnectRecordOptions {
  readonly settings: Settings;
  readonly stateDirectory: string;
  readonly logger: Logger;
  readonly maskText: (text: string) => string;
}

/** The record, or what stands in its place where there is no database. */
export interface ConnectedRecord {
  readonly room: RecordRoom | null;
  record(event: RecordedEvent): void;
  start(): void;
  stop(): Promise<void>;
}

export function connectRecord(options: ConnectRecordOptions): ConnectedRecord {
  const { settings, stateDirectory, logger, maskText } = options;
  const { GITCRON_DATABASE_URL: databaseUrl } = settings;
  if (databaseUrl === undefined) {
    return {
      room: null,
      record: () => {},
      start: () =>
        logger.warn('GITCRON_DATABASE_URL is not set: jobs run, and their history is not kept.'),
      stop: async () => {},
    };
  }
  const recorder = createRecorder({
    stateDir: stateDirectory,
    databaseUrl,
    logger,
    clock: systemClock,
    host: hostname(),
    journalLimitBytes: settings.JOURNAL_LIMIT_MB,
    outputLimitBytes: settings.RUN_OUTPUT_LIMIT_MB,
    maskText,
  });
  const limits = {
    keepDays: settings.KEEP_RUNS_DAYS,
    keepRunsPerJob: settings.KEEP_RUNS_PER_JOB,
    keepOutputBytes: settings.KEEP_OUTPUT_MB,
  };
  return {
    room: {
      recorder,
      history: createHistory(recorder.pool),
      cleanUp: (dryRun) => cleanupRuns(recorder.pool, { limits, now: systemClock.now(), dryRun }),
    },
    record: (event) => recorder.record(event),
    start: () => recorder.start(),
    stop: () => recorder.stop(SHIP_AT_STOP_MS),
  };
}
