import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as newUuid } from 'uuid';
import type { Outcome, RunDescription } from '../../src/events.ts';
import type { RunFilter } from '../../src/record/history/filter.ts';
import type { RunPlace } from '../../src/record/history/history.ts';
import { describeRun, finishedEvent, lifeOf, outcome, RELEASE } from './events.ts';
import { startRecorder, type RecorderFixture } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

const DAY_MS = 24 * 3_600_000;
const NOON = Date.UTC(2026, 5, 10, 12);

let server: TestServer;
let fixture: RecorderFixture;
let databaseUrl: string;
const names = new Map<string, string>();

/** A run made at some time, under a name that the tests call it by. */
function record(name: string, at: number, run: Partial<RunDescription>, end: Outcome): void {
  const runId = newUuid({ msecs: at });
  names.set(runId, name);
  for (const event of lifeOf(describeRun({ ...run, runId }), 'out\n', end)) {
    fixture.recorder.record({ ...event, at });
  }
}

async function namesOf(filter: RunFilter): Promise<(string | undefined)[]> {
  const { items } = await fixture.history.runs(filter, 100);
  return items.map(({ runId }) => names.get(runId));
}

beforeAll(async () => {
  server = await startTestServer();
  databaseUrl = await server.createDatabase();
  fixture = await startRecorder(databaseUrl);
  const failed = outcome({
    status: 'failed',
    exitCode: 1,
    reason: 'Exit code 1: 100%_\\ Disk FULL',
    error: 'psql: connection refused',
  });
  record('oldest', NOON, { job: 'backup' }, outcome());
  record('refused', NOON + 1, { job: 'report' }, failed);
  record('by hand', NOON + 2, { job: 'report', trigger: 'manual', requestedBy: 'ada' }, outcome());
  record('next day', NOON + DAY_MS, { job: 'report' }, outcome({ result: '{"rows": 42}' }));
  const other = { ...RELEASE, revision: 'c'.repeat(40) };
  record('newest', NOON + DAY_MS + 1, { job: 'report', release: other }, outcome());
  await fixture.recorder.shipNow();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await server.stop();
});

describe('a list of runs', () => {
  it.each<{ filter: RunFilter; found: string[] }>([
    { filter: {}, found: ['newest', 'next day', 'by hand', 'refused', 'oldest'] },
    { filter: { job: 'backup' }, found: ['oldest'] },
    { filter: { job: 'nobody' }, found: [] },
    { filter: { status: ['failed', 'lost'] }, found: ['refused'] },
    { filter: { trigger: ['manual'] }, found: ['by hand'] },
    { filter: { revision: 'cccc' }, found: ['newest'] },
    { filter: { from: NOON + 1, to: NOON + 2 }, found: ['refused'] },
    { filter: { from: NOON + DAY_MS }, found: ['newest', 'next day'] },
    { filter: { text: 'disk full' }, found: ['refused'] },
    { filter: { text: 'Connection Refused' }, found: ['refused'] },
    { filter: { text: '0%_\\' }, found: ['refused'] },
    { filter: { text: '%%%' }, found: [] },
    { filter: { text: '"rows": 42' }, found: ['next day'] },
    // The reason of a success is no error.
    { filter: { text: 'exit code 0' }, found: [] },
    { filter: { job: 'report', status: ['succeeded'], to: NOON + 3 }, found: ['by hand'] },
  ])('narrowed by $filter', async ({ filter, found }) => {
    expect(await namesOf(filter)).toEqual(found);
  });

  it('comes in pages that join without a gap or a repetition', async () => {
    const seen: (string | undefined)[] = [];
    let before: RunPlace | null = null;
    do {
      const page = await fixture.history.runs(before === null ? {} : { before }, 2);
      seen.push(...page.items.map(({ runId }) => names.get(runId)));
      before = page.next;
    } while (before !== null);
    expect(seen).toEqual(['newest', 'next day', 'by hand', 'refused', 'oldest']);
  });

  it.each([
    { filter: { text: 'ab' }, why: 'too short to search for' },
    { filter: { revision: `'; --` }, why: 'no hash' },
    { filter: { before: { queuedAt: 0, runId: 'x' } }, why: 'no run' },
  ])('refuses a filter that is $why', async ({ filter }) => {
    await expect(fixture.history.runs(filter, 10)).rejects.toMatchObject({
      name: 'ZodError',
    });
  });
});

describe('a job', () => {
  it('tells how it has been', async () => {
    const [backup, report] = await fixture.history.jobs();
    expect(backup).toMatchObject({ slug: 'backup', lastFailure: null, recent: { succeeded: 1 } });
    expect(report).toMatchObject({ slug: 'report', recent: { succeeded: 3, failed: 1 } });
    expect(names.get(report?.last?.runId ?? '')).toBe('newest');
    expect(names.get(report?.lastFailure?.runId ?? '')).toBe('refused');
    expect(await fixture.history.job('nobody')).toBeNull();
  });
});

describe('the jobs that fail', () => {
  it('are those in force whose last run to say so did not succeed', async () => {
    await using own = await startRecorder(await server.createDatabase());
    const { recorder, history } = own;
    const ends: Record<string, readonly Outcome['status'][]> = {
      'canceled-after-failing': ['failed', 'canceled', 'skipped'],
      lost: ['succeeded', 'lost'],
      mended: ['failed', 'timed_out', 'succeeded'],
      'never-ran': [],
      removed: ['failed'],
      'timed-out': ['timed_out'],
    };
    const ofCrontab = { description: '', command: 'x', schedule: '@daily', zone: null };
    const jobs = Object.keys(ends)
      .filter((slug) => slug !== 'removed')
      .map((slug, index) => ({ slug, ...ofCrontab, disabled: false, line: index + 1 }));
    for (const [job, statuses] of Object.entries(ends)) {
      for (const [index, status] of statuses.entries()) {
        const run = describeRun({ job, runId: newUuid({ msecs: NOON + index }) });
        for (const event of lifeOf(run, '', outcome({ status }))) recorder.record(event);
      }
    }
    recorder.record({
      type: 'schedule_replaced',
      source: 'repository',
      at: Date.now(),
      revision: null,
      jobs,
    });
    await recorder.shipNow();
    const failing = (await history.failingJobs()).map(({ slug }) => slug);
    expect(failing).toEqual(['canceled-after-failing', 'lost', 'timed-out']);
  });
});

describe('the output of a run', () => {
  it('comes by stream, by attempt, from a sequence number on, and in pages', async () => {
    const { recorder, history } = fixture;
    const run = describeRun();
    const { runId } = run;
    const at = Date.now();
    recorder.record({ type: 'run_queued', at, run });
    for (let index = 1; index <= 6; index += 1) {
      const stream = index % 2 === 0 ? 'stderr' : 'stdout';
      const attempt = index <= 4 ? 1 : 2;
      const bytes = Buffer.from(`${index}`);
      recorder.record({ type: 'output', at: at + index, runId, attempt, stream, bytes });
    }
    recorder.record(finishedEvent(run, { at }));
    await recorder.shipNow();

    const text = async (range: Parameters<typeof history.output>[1]): Promise<string> =>
      (await history.output(runId, range)).map(({ bytes }) => String(bytes)).join('');
    expect(await text({})).toBe('123456');
    expect(await text({ stream: 'stderr' })).toBe('246');
    expect(await text({ attempt: 2 })).toBe('56');
    expect(await text({ after: 4 })).toBe('56');
    expect(await text({ after: 2, maxBytes: 3 })).toBe('345');
    expect(await text({ after: 6 })).toBe('');
    const [, second] = await history.output(runId);
    expect(second).toMatchObject({ sequence: 2, attempt: 1, stream: 'stderr', at: at + 2 });
  });
});

describe('a search for text', () => {
  it('has an index', async () => {
    const sql = `SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'runs_text%'`;
    await expect
      .poll(async () => (await query(databaseUrl, sql)).rows, { timeout: 10_000 })
      .toEqual([{ indexdef: expect.stringMatching(/COALESCE\(error[^]*gin_trgm_ops/) }]);
  });
});
