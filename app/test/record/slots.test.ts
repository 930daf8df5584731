import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRecorder } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NOON = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const revision = 'a'.repeat(40);

const timing = (job: string, schedule: string) =>
  ({
    job,
    schedule,
    zone: 'UTC',
    jitterMs: 0,
    held: null,
    catchUp: 'none',
    windowMs: null,
  }) as const;

it('keeps a schedule as long as it is the same, each source for itself', async () => {
  const databaseUrl = await server.createDatabase();
  await using fixture = await startRecorder(databaseUrl);
  const { recorder } = fixture;
  const timed = (
    source: 'repository' | 'system',
    from: number,
    timings: readonly ReturnType<typeof timing>[],
  ) =>
    recorder.record({
      type: 'slots_timed',
      at: from,
      source,
      revision,
      from,
      timings,
    });
  timed('repository', NOON, [timing('stays', '@daily'), timing('changes', '@daily')]);
  timed('system', NOON, []);
  timed('repository', NOON + HOUR, [timing('stays', '@daily'), timing('changes', '@hourly')]);
  timed('repository', NOON + 2 * HOUR, [timing('stays', '@daily')]);
  await recorder.shipNow();
  const { rows } = await query(
    databaseUrl,
    `SELECT job, schedule, since, until, ended_by FROM gitcron.timings ORDER BY job, since`,
  );
  expect(rows).toEqual([
    {
      job: 'changes',
      schedule: '@daily',
      since: new Date(NOON),
      until: new Date(NOON + HOUR),
      ended_by: revision,
    },
    {
      job: 'changes',
      schedule: '@hourly',
      since: new Date(NOON + HOUR),
      until: new Date(NOON + 2 * HOUR),
      ended_by: revision,
    },
    { job: 'stays', schedule: '@daily', since: new Date(NOON), until: null, ended_by: null },
  ]);
  const told = `SELECT FROM gitcron.events WHERE type LIKE 'slots_%'`;
  expect((await query(databaseUrl, told)).rowCount).toBe(0);
});

it('takes what was noted by a clock that was ahead for no time that was looked after', async () => {
  const databaseUrl = await server.createDatabase();
  await using fixture = await startRecorder(databaseUrl);
  const { recorder } = fixture;
  const watched = (since: number, until: number) =>
    recorder.record({ type: 'slots_watched', at: until, since, until });
  watched(NOON, NOON);
  watched(NOON, NOON + 5 * HOUR);
  watched(NOON + 6 * HOUR, NOON + 6 * HOUR);
  const timings = [timing('new', '@daily')];
  const from = NOON + 6 * HOUR;
  recorder.record({ type: 'slots_timed', at: from, source: 'repository', revision, from, timings });
  // It was one o'clock all the time.
  watched(NOON + HOUR, NOON + HOUR);
  watched(NOON + HOUR, NOON + 2 * HOUR);
  await recorder.shipNow();
  expect(
    (await query(databaseUrl, 'SELECT since, until FROM gitcron.watched ORDER BY since')).rows,
  ).toEqual([
    { since: new Date(NOON), until: new Date(NOON + HOUR) },
    { since: new Date(NOON + HOUR), until: new Date(NOON + 2 * HOUR) },
  ]);
  expect((await query(databaseUrl, 'SELECT job, since, until FROM gitcron.timings')).rows).toEqual([
    { job: 'new', since: new Date(NOON + HOUR), until: null },
  ]);
});
