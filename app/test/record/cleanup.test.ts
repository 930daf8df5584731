import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { v7 as newUuid } from 'uuid';
import type { FinalStatus } from '../../src/api/run.ts';
import { cleanupRuns } from '../../src/record/retention/cleanup.ts';
import type { RetentionLimits } from '../../src/record/retention/retention-plan.ts';
import { describeRun, lifeOf, outcome } from './events.ts';
import { startRecorder, type RecorderFixture } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

const DAY_MS = 24 * 3_600_000;
const NO_LIMITS: RetentionLimits = { keepDays: 1000, keepRunsPerJob: 1e6, keepOutputBytes: 1e12 };

let server: TestServer;
let databaseUrl: string;
let fixture: RecorderFixture;
let names: Map<string, string>;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  databaseUrl = await server.createDatabase();
  fixture = await startRecorder(databaseUrl);
  names = new Map();
  return () => fixture[Symbol.asyncDispose]();
});

function record(
  name: string,
  daysAgo: number,
  job: string,
  status: FinalStatus = 'succeeded',
): void {
  const at = Date.now() - daysAgo * DAY_MS;
  const runId = newUuid({ msecs: at });
  names.set(runId, name);
  const life = lifeOf(describeRun({ runId, job }), 'x'.repeat(1000), outcome({ status }));
  for (const event of life) fixture.recorder.record({ ...event, at });
}

async function cleanup(limits: Partial<RetentionLimits>, dryRun = false) {
  await fixture.recorder.shipNow();
  const options = { limits: { ...NO_LIMITS, ...limits }, now: Date.now(), dryRun };
  return cleanupRuns(fixture.recorder.pool, options);
}

async function left(): Promise<(string | undefined)[]> {
  const { items } = await fixture.history.runs({}, 1000);
  return items.map(({ runId }) => names.get(runId)).toReversed();
}

describe('cleaning up', () => {
  it('by age keeps what is younger, and the last failure of each job', async () => {
    record('old failure', 40, 'a', 'failed');
    record('last failure', 39, 'a', 'timed_out');
    record('old', 38, 'a');
    record('young', 1, 'a');
    const wouldGo = await cleanup({ keepDays: 30 }, true);
    expect(wouldGo).toMatchObject({
      dryRun: true,
      runsByAge: 2,
      runsByCount: 0,
      outputBytes: 2000,
    });
    expect(await left()).toHaveLength(4);

    expect(await cleanup({ keepDays: 30 })).toEqual({ ...wouldGo, dryRun: false });
    expect(await left()).toEqual(['last failure', 'young']);
    const { rows } = await query(databaseUrl, 'SELECT count(*)::int AS count FROM gitcron.output');
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('keeps the last success of a job that has failed since, whatever its age', async () => {
    record('success before', 42, 'a');
    record('last success', 41, 'a');
    record('failure', 40, 'a', 'failed');
    record('last failure', 1, 'a', 'failed');
    await cleanup({ keepDays: 30, keepRunsPerJob: 1 });
    expect(await left()).toEqual(['last success', 'last failure']);
  });

  it('by count keeps the newest of each job', async () => {
    for (let index = 5; index >= 1; index -= 1) record(`a${index}`, index, 'a');
    record('b9', 9, 'b');
    const wouldGo = await cleanup({ keepRunsPerJob: 2 }, true);
    expect(wouldGo).toMatchObject({ runsByAge: 0, runsByCount: 3 });
    expect(await cleanup({ keepRunsPerJob: 2 })).toEqual({ ...wouldGo, dryRun: false });
    expect(await left()).toEqual(['b9', 'a2', 'a1']);
  });

  it('by bytes takes the oldest output and leaves the runs, which say so', async () => {
    record('failure', 6, 'a', 'failed');
    for (let index = 5; index >= 1; index -= 1) record(`a${index}`, index, 'a');
    const wouldGo = await cleanup({ keepOutputBytes: 2500 }, true);
    expect(wouldGo).toMatchObject({ outputsBySize: 3, outputBytes: 3000, runsByAge: 0 });
    expect(await cleanup({ keepOutputBytes: 2500 })).toEqual({ ...wouldGo, dryRun: false });
    const { items } = await fixture.history.runs({}, 10);
    const output = items.map((run) => [
      names.get(run.runId),
      run.outputBytes,
      run.outputOmittedWhy,
    ]);
    expect(output.toReversed()).toEqual([
      ['failure', 1000, null],
      ['a5', 0, 'retention'],
      ['a4', 0, 'retention'],
      ['a3', 0, 'retention'],
      ['a2', 1000, null],
      ['a1', 1000, null],
    ]);
    expect(await cleanup({ keepOutputBytes: 2500 })).toMatchObject({ outputsBySize: 0 });
  });

  it('counts no run twice that is both too old and too many, and spares runs that go on', async () => {
    for (let index = 5; index >= 1; index -= 1) record(`a${index}`, index * 10, 'a');
    const running = describeRun({ runId: newUuid({ msecs: Date.now() - 90 * DAY_MS }), job: 'a' });
    names.set(running.runId, 'running');
    fixture.recorder.record({ type: 'run_queued', at: Date.now() - 90 * DAY_MS, run: running });
    const result = await cleanup({ keepDays: 25, keepRunsPerJob: 1, keepOutputBytes: 0 });
    expect(result).toMatchObject({ runsByAge: 3, runsByCount: 1, outputsBySize: 1 });
    expect(await left()).toEqual(['running', 'a1']);
  });

  it('takes no output that fits when the runs are gone that go by age or count', async () => {
    record('failure', 90, 'a', 'failed');
    for (let index = 5; index >= 1; index -= 1) record(`old a${index}`, 40 + index, 'a');
    for (let index = 4; index >= 1; index -= 1) record(`b${index}`, index, 'b');
    record('a', 0, 'a');
    // What is left: the failure of a, its last run, and two of b.
    const limits = { keepDays: 30, keepRunsPerJob: 2, keepOutputBytes: 4000 };
    const wouldGo = await cleanup(limits, true);
    expect(wouldGo).toMatchObject({ runsByAge: 5, runsByCount: 2, outputsBySize: 0 });
    expect(await cleanup({ ...limits, keepOutputBytes: 2999 }, true)).toMatchObject({
      outputsBySize: 1,
    });
    expect(await cleanup(limits)).toEqual({ ...wouldGo, dryRun: false });
    expect(await left()).toEqual(['failure', 'b2', 'b1', 'a']);
    const { items } = await fixture.history.runs({}, 10);
    expect(items.map((run) => run.outputBytes)).toEqual([1000, 1000, 1000, 1000]);
  });

  it('goes through thousands of runs in batches, while others write', async () => {
    for (let index = 0; index < 1300; index += 1) record('old', 50, 'a');
    const cleaning = cleanup({ keepDays: 30 });
    record('meanwhile', 0, 'a');
    expect(await cleaning).toMatchObject({ runsByAge: 1300 });
    await fixture.recorder.shipNow();
    expect(await left()).toEqual(['meanwhile']);
  });
});
