import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createHistory } from '../../src/record/history/history.ts';
import { createRecorder, type Recorder } from '../../src/record/recorder.ts';
import { describeRun, lifeOf, outcome, RELEASE } from './events.ts';
import { silentLogger } from './silent-logger.ts';
import { startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
let databaseUrl: string;
let stateDir: string;
const open: Recorder[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  databaseUrl = await server.createDatabase();
  stateDir = await mkdtemp(join(tmpdir(), 'gitcron-record-'));
});
afterEach(async () => {
  for (const recorder of open.splice(0)) await recorder.stop(5000);
  await rm(stateDir, { recursive: true });
});

function startRecorder(): Recorder {
  const recorder = createRecorder({
    stateDir,
    databaseUrl,
    logger: silentLogger,
    clock: systemClock,
    host: 'test-host',
    journalLimitBytes: 64 * 1024 * 1024,
    outputLimitBytes: 256 * 1024,
    maskText: (text) => text,
  });
  open.push(recorder);
  recorder.start();
  return recorder;
}

describe('a recorder', () => {
  it('keeps the whole of a run', async () => {
    const recorder = startRecorder();
    const run = describeRun();
    const end = outcome({ status: 'failed', exitCode: 3, result: '{"rows":7}', reason: 'No.' });
    for (const event of lifeOf(run, Buffer.from([0, 255, 10, 128]), end)) recorder.record(event);
    await recorder.shipNow();

    const history = createHistory(recorder.pool);
    expect(await history.run(run.runId)).toMatchObject({
      runId: run.runId,
      job: 'nightly-report',
      status: 'failed',
      succeeded: false,
      exitCode: 3,
      reason: 'No.',
      result: '{"rows":7}',
      durationMs: 1234,
      scheduledAt: run.scheduledAt,
      revision: RELEASE.revision,
      subject: RELEASE.subject,
      author: RELEASE.author,
      host: 'test-host',
      outputBytes: 4,
      attempts: [{ attempt: 1, pid: 4711, status: 'failed', exitCode: 3 }],
    });
    const output = await history.output(run.runId);
    expect(output.map(({ stream, bytes }) => [stream, [...bytes]])).toEqual([
      ['stdout', [0, 255, 10, 128]],
    ]);
  });

  it('marks runs of a dead predecessor as lost, and no other', async () => {
    const first = startRecorder();
    const [cutOff, ended] = [describeRun(), describeRun()];
    for (const event of lifeOf(cutOff).slice(0, 2)) first.record(event);
    for (const event of lifeOf(ended)) first.record(event);
    await first.shipNow();

    const second = startRecorder();
    const running = describeRun();
    for (const event of lifeOf(running).slice(0, 2)) second.record(event);
    await second.shipNow();

    const history = createHistory(second.pool);
    const { items } = await history.runs({}, 10);
    expect(Object.fromEntries(items.map(({ runId, status }) => [runId, status]))).toEqual({
      [cutOff.runId]: 'lost',
      [ended.runId]: 'succeeded',
      [running.runId]: 'running',
    });
    expect((await history.run(cutOff.runId))?.attempts).toMatchObject([{ status: 'lost' }]);
  });
});
