import { v7 as newUuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunPlace } from '../../src/record/history/history.ts';
import { watchClock } from '../../src/record/watch-clock.ts';
import { describeRun, lifeOf } from './events.ts';
import { startRecorder, type RecorderFixture } from './recorder-fixture.ts';
import { startTestServer, type TestServer } from './test-database.ts';

const DAY_MS = 24 * 3_600_000;

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

function record(recorder: RecorderFixture['recorder'], name: string, at: number, idMadeAt = at) {
  const runId = newUuid({ msecs: idMadeAt });
  names.set(runId, name);
  for (const event of lifeOf(describeRun({ runId, job: 'a' }))) recorder.record({ ...event, at });
}

/** Read one by one, so that every place is a cursor. */
async function order({ recorder, history }: RecorderFixture): Promise<(string | undefined)[]> {
  await recorder.shipNow();
  const seen: (string | undefined)[] = [];
  for (let before: RunPlace | null | undefined; before !== null;) {
    const page = await history.runs(before === undefined ? {} : { before }, 1);
    seen.push(...page.items.map(({ runId }) => names.get(runId)));
    before = page.next;
  }
  return seen;
}

describe('runs are in the order in which they were queued', () => {
  it('whenever their ids were made; of one instant, the id decides', async () => {
    const now = Date.now();
    record(fixture.recorder, 'first', now, now + 5000);
    record(fixture.recorder, 'second', now + 10, now - 5000);
    record(fixture.recorder, 'third', now + 20, now);
    record(fixture.recorder, 'fourth', now + 20, now + 1);
    expect(await order(fixture)).toEqual(['fourth', 'third', 'second', 'first']);
    const last = (await fixture.history.job('a'))?.last;
    expect(names.get(last?.runId ?? '')).toBe('fourth');
    const [ends] = await fixture.history.lastEnds();
    expect(ends?.ran).toBe(now + 20);
    const { items } = await fixture.history.runs({ from: now + 5, to: now + 15 }, 10);
    expect(items.map(({ runId }) => names.get(runId))).toEqual(['second']);
  });

  it('and not by a clock that was ahead, once it is set back', async () => {
    const now = Date.now();
    record(fixture.recorder, 'before', now - 10);
    record(fixture.recorder, 'ahead', now + 365 * DAY_MS);
    record(fixture.recorder, 'ahead, later', now + 366 * DAY_MS);
    fixture.recorder.record({ type: 'clock_set_back', at: now });
    record(fixture.recorder, 'after', now + 10);
    expect(await order(fixture)).toEqual(['after', 'ahead, later', 'ahead', 'before']);
    const { items } = await fixture.history.runs({}, 10);
    for (const run of items) {
      for (const at of [run.queuedAt, run.startedAt, run.finishedAt]) {
        expect(at).toBeLessThanOrEqual(now + 10);
      }
    }
    const [newest] = (await fixture.history.events(1)).items;
    expect(newest?.at).toBeLessThanOrEqual(now + 10);
  });

  it('nor by one that was ahead before the supervisor was started again', async () => {
    const now = Date.now();
    const { stateDir, recorder } = fixture;
    record(recorder, 'ahead', now + 365 * DAY_MS);
    await recorder.shipNow();
    await recorder.stop(5000);
    await using successor = await startRecorder(databaseUrl, { stateDir });
    record(successor.recorder, 'after', Date.now() + 10);
    expect(await order(successor)).toEqual(['after', 'ahead']);
  });

  it('whatever a clock without a battery says', async () => {
    const now = Date.now();
    record(fixture.recorder, 'first', now - 1000);
    record(fixture.recorder, 'second', now);
    fixture.recorder.record({ type: 'clock_set_back', at: 0 });
    expect(await order(fixture)).toEqual(['second', 'first']);
    const { items } = await fixture.history.runs({}, 10);
    expect(items.map(({ queuedAt }) => queuedAt)).toEqual([now, now - 1000]);
  });
});

it('what was ahead comes before the run that shows it, although its id says otherwise', async () => {
  let now = Date.now();
  const ahead = now + DAY_MS;
  const look = watchClock({ now: () => now }, (at) =>
    fixture.recorder.record({ type: 'clock_set_back', at }),
  );
  now = ahead;
  look();
  record(fixture.recorder, 'ahead', ahead);
  now = Date.now();
  // Queued a moment before it is told.
  look(now - 5);
  record(fixture.recorder, 'after', now - 5);
  expect(await order(fixture)).toEqual(['after', 'ahead']);
});

it('a clock that is set back is noticed once, and a small step is none', () => {
  const start = Date.UTC(2026, 0, 1);
  let now = start;
  const seen: number[] = [];
  const look = watchClock({ now: () => now }, (at) => seen.push(at - start));
  // The last but one is the time of a board without a battery.
  const times = [500, 200, 1_000_000, 500_000, 500_001, 1_500_000, -start, 7000];
  for (const time of times) {
    now = start + time;
    look();
  }
  expect(seen).toEqual([499_999, 6999]);
});
