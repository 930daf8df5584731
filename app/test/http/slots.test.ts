import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slotPage, type SlotView } from '../../src/api/slot.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { until } from '../../../base/test/until.ts';
import { openHouse, post, type House } from './house.ts';

const CRONTAB = `# @name second
* * * * * * * true
# @name slow
# @grace 1m
* * * * * * * trap '' TERM; sleep 60
# @name caught
# @catchup last
* * * * * * * true
# @name off
# @disabled
* * * * * * * true
`;
const NIGHTLY = '# @name nightly\n0 2 * * * true\n';

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({
    crontab: CRONTAB + NIGHTLY,
    databaseUrl: await server.createDatabase(),
    environment: { KEEP_RUNS_PER_JOB: '3' },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

async function slots(query: Record<string, string> = {}): Promise<SlotView[]> {
  const items: SlotView[] = [];
  for (let from: string | null | undefined = query['from']; from !== null;) {
    const wanted = new URLSearchParams({ ...query, ...(from && { from }) });
    const answer = await house.control(`/api/v1/slots?${String(wanted)}`);
    const body: unknown = await answer.json();
    expect([answer.status, body]).toEqual([200, body]);
    const page = slotPage.parse(body);
    items.push(...page.items);
    from = page.next;
  }
  return items;
}

const past = (job: string) => slots({ job, to: new Date(Date.now() - 1500).toISOString() });
const fatesOf = (found: readonly SlotView[]) => new Set(found.map(({ fate }) => fate));
const runs = (found: readonly SlotView[]) => found.flatMap(({ run }) => run ?? []);
const seconds = (found: readonly SlotView[]) => found.reduce((sum, { count }) => sum + count, 0);

/** Every second from the first slot to the last has one fate. */
function expectWhole(found: readonly SlotView[]): void {
  const [first, last] = [found[0], found.at(-1)];
  const spanMs = Date.parse(last?.until ?? '') - Date.parse(first?.at ?? '');
  expect(seconds(found)).toBe(spanMs / 1000 + 1);
  expect(fatesOf(found)).not.toContain('unexplained');
}

it('tells what became of each slot over skips, switches, restarts and commits', async () => {
  const runsOf = async (job: string) =>
    (await past(job)).filter(({ fate }) => fate === 'on_time' || fate === 'late').length;
  await until(async () => (await runsOf('second')) >= 3, 'three runs');
  const [ran] = (await past('second')).filter(({ fate }) => fate === 'on_time');
  expect(ran).toMatchObject({ job: 'second', count: 1, status: 'succeeded', why: null });
  expect((await house.control(`/api/v1/runs/${ran?.run}`)).status).toBe(200);

  await until(async () => fatesOf(await past('slow')).has('skipped'), 'a skipped slot');
  const slow = await past('slow');
  const skipped = slow.find(({ fate }) => fate === 'skipped');
  expect(slow.map(({ run }) => run)).toContain(skipped?.inTheWay);
  expectWhole(slow);

  const [off] = await past('off');
  expect(off).toMatchObject({ fate: 'withdrawn', why: 'crontab', run: null });
  const soon = { from: new Date(Date.now() + 2000).toISOString() };
  const planned = await slots({
    ...soon,
    job: 'second',
    to: new Date(Date.now() + 9000).toISOString(),
  });
  expect(planned.length).toBeGreaterThanOrEqual(6);
  expect(fatesOf(planned)).toEqual(new Set(['planned']));

  await house.control('/api/v1/jobs/second/disable', post());
  await until(async () => fatesOf(await past('second')).has('withdrawn'), 'a withdrawn slot');
  expect((await past('second')).find(({ fate }) => fate === 'withdrawn')).toMatchObject({
    why: 'switch',
    release: null,
  });
  await house.control('/api/v1/jobs/second/reset', post());

  // It waits a second for the slow job, which does not want to end: nothing starts meanwhile.
  await house.restart();
  await until(async () => fatesOf(await past('second')).has('missed'), 'a missed slot');
  expect((await past('second')).find(({ fate }) => fate === 'missed')).toMatchObject({
    why: 'down',
  });
  await until(async () => fatesOf(await past('caught')).has('made_up'), 'a slot made up for');
  const caught = await past('caught');
  const madeUp = caught.find(({ fate }) => fate === 'made_up');
  const missed = caught.filter(({ fate }) => fate === 'missed');
  expect(missed.map(({ madeUpBy }) => madeUpBy)).toEqual(missed.map(() => madeUp?.run));
  for (const job of ['second', 'slow', 'caught', 'off']) expectWhole(await past(job));

  await writeFile(join(house.directory, 'source/app/crontab.txt'), CRONTAB);
  const tomorrow = { job: 'nightly', to: new Date(Date.now() + 2 * 86_400_000).toISOString() };
  const nightly = async () => slots({ from: new Date().toISOString(), ...tomorrow });
  expect(fatesOf(await nightly())).toEqual(new Set(['planned']));
  await until(async () => fatesOf(await nightly()).has('withdrawn'), 'the new crontab');
  const release = expect.stringMatching(/^dir-/);
  expect(await nightly()).toMatchObject([{ fate: 'withdrawn', why: 'commit', release, count: 1 }]);
}, 120_000);

it('comes in pages that join, and knows of runs that were cleaned up', async () => {
  const range = { to: new Date(Date.now() - 1500).toISOString() };
  const whole = await slots(range);
  const inPages = await slots({ ...range, limit: '5' });
  expect(seconds(inPages)).toBe(seconds(whole));
  expect(runs(inPages)).toEqual(runs(whole));

  const before = await past('second');
  await house.control('/api/v1/cleanup/runs', post({}));
  const after = await slots({ job: 'second', to: before.at(-1)?.until ?? '' });
  expect(fatesOf(after)).toContain('forgotten');
  expectWhole(after);
  expect(seconds(after)).toBe(seconds(before));
  for (const fate of ['missed', 'withdrawn'] as const) {
    const of = (found: readonly SlotView[]) => seconds(found.filter((one) => one.fate === fate));
    expect([fate, of(after)]).toEqual([fate, of(before)]);
  }

  const backwards = await house.control(
    '/api/v1/slots?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
  );
  expect(backwards.status).toBe(400);
}, 60_000);
