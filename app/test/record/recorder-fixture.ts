import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gitcron/base/clock';
import { createHistory, type History } from '../../src/record/history/history.ts';
import { createRecorder, type Recorder, type RecorderOptions } from '../../src/record/recorder.ts';
import { silentLogger } from './silent-logger.ts';

/** A started recorder with a state volume of its own, and the history that it writes. */
export interface RecorderFixture extends AsyncDisposable {
  readonly recorder: Recorder;
  readonly history: History;
  readonly stateDir: string;
}

export async function startRecorder(
  databaseUrl: string,
  changes: Partial<RecorderOptions> = {},
): Promise<RecorderFixture> {
  const stateDir = changes.stateDir ?? (await mkdtemp(join(tmpdir(), 'gitcron-record-')));
  const recorder = createRecorder({
    stateDir,
    databaseUrl,
    logger: silentLogger,
    clock: systemClock,
    host: 'test-host',
    journalLimitBytes: 64 * 1024 * 1024,
    outputLimitBytes: 256 * 1024,
    ...changes,
  });
  recorder.start();
  return {
    recorder,
    history: createHistory(recorder.pool),
    stateDir,
    async [Symbol.asyncDispose]() {
      await recorder.stop(5000);
      if (changes.stateDir === undefined) await rm(stateDir, { recursive: true });
    },
  };
}
