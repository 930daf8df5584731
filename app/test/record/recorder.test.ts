import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/events.ts';
import {
  attemptEvent,
  describeRun,
  finishedEvent,
  startedEvent,
  lifeOf,
  outcome,
  RELEASE,
} from './events.ts';
import { memoryLog } from './memory-log.ts';
import { startRecorder } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
let databaseUrl: string;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  databaseUrl = await server.createDatabase();
});

describe('a recorder', () => {
  it('keeps the whole of a run', async () => {
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    const run = describeRun();
    const error = `…long \0 ago: ${'é'.repeat(2000)}`;
    const failed = { status: 'failed', exitCode: 3, result: '{"rows":7}', reason: 'No.' } as const;
    const end = outcome({ ...failed, error });
    for (const event of lifeOf(run, Buffer.from([0, 255, 10, 128]), end)) recorder.record(event);
    await recorder.shipNow();

    expect(await history.run(run.runId)).toMatchObject({
      runId: run.runId,
      job: 'nightly-report',
      command: 'node app/scripts/report.ts',
      status: 'failed',
      succeeded: false,
      exitCode: 3,
      reason: 'No.',
      result: '{"rows":7}',
      error: error.replace('\0', '␀'),
      durationMs: 1234,
      scheduledAt: run.scheduledAt,
      revision: RELEASE.revision,
      dependencyHash: RELEASE.dependencyHash,
      subject: RELEASE.subject,
      author: RELEASE.author,
      host: 'test-host',
      outputBytes: 4,
      outputOmittedBytes: 0,
      attempts: [{ attempt: 1, pid: 4711, status: 'failed', exitCode: 3 }],
    });
    const output = await history.output(run.runId);
    expect(output.map(({ stream, bytes }) => [stream, [...bytes]])).toEqual([
      ['stdout', [0, 255, 10, 128]],
    ]);
  });

  it('keeps attempts apart, and a run that never started', async () => {
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    const retried = describeRun();
    const { runId } = retried;
    const at = Date.now();
    const failed = outcome({ status: 'failed', exitCode: 1, reason: 'Once.' });
    recorder.record({ type: 'run_queued', at, run: retried });
    recorder.record(startedEvent(retried, { at, pid: 10 }));
    recorder.record(attemptEvent(retried, { at, outcome: failed }));
    await recorder.shipNow();
    expect(await history.run(runId)).toMatchObject({ status: 'running', succeeded: null });
    recorder.record(startedEvent(retried, { at, attempt: 2, pid: 11 }));
    recorder.record(attemptEvent(retried, { at, attempt: 2 }));
    recorder.record(finishedEvent(retried, { at, attempts: 2 }));

    const skipped = describeRun();
    const why = outcome({ status: 'skipped', exitCode: null, reason: 'Its last run goes on.' });
    recorder.record({ type: 'run_queued', at, run: skipped });
    recorder.record(finishedEvent(skipped, { at, attempts: 0, outcome: why }));
    await recorder.shipNow();

    expect(await history.run(runId)).toMatchObject({
      status: 'succeeded',
      succeeded: true,
      attempt: 2,
      attempts: [
        { attempt: 1, pid: 10, status: 'failed' },
        { attempt: 2, pid: 11, status: 'succeeded' },
      ],
    });
    expect(await history.run(skipped.runId)).toMatchObject({
      status: 'skipped',
      succeeded: false,
      startedAt: null,
      exitCode: null,
      attempts: [],
    });
  });

  it('keeps the beginning and the end of a long output, and says what is left out', async () => {
    await using fixture = await startRecorder(databaseUrl, { outputLimitBytes: 256 * 1024 });
    const { recorder, history } = fixture;
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} of many\n`);
    const written = Buffer.from(lines.join(''));
    const run = describeRun();
    for (const event of lifeOf(run, written)) recorder.record(event);
    await recorder.shipNow();

    const chunks = await history.output(run.runId);
    const kept = Buffer.concat(chunks.map(({ bytes }) => bytes));
    expect(kept.length).toBeLessThanOrEqual(256 * 1024);
    const gap = chunks.findIndex(({ sequence }, index) => sequence !== index + 1);
    const head = Buffer.concat(chunks.slice(0, gap).map(({ bytes }) => bytes));
    const tail = Buffer.concat(chunks.slice(gap).map(({ bytes }) => bytes));
    expect(head.equals(written.subarray(0, head.length))).toBe(true);
    expect(tail.equals(written.subarray(-tail.length))).toBe(true);
    expect(Math.min(head.length, tail.length)).toBeGreaterThan(60_000);
    expect(await history.run(run.runId)).toMatchObject({
      outputBytes: kept.length,
      outputOmittedBytes: written.length - kept.length,
      outputOmittedWhy: 'run_limit',
    });
  });

  it('stores what Postgres does not take in a text', async () => {
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    const run = describeRun({ command: 'echo \0' });
    const end = outcome({ result: 'a\0b \ud800', reason: '\0 failed' });
    for (const event of lifeOf(run, '', end)) recorder.record(event);
    await recorder.shipNow();

    expect(await history.run(run.runId)).toMatchObject({
      command: 'echo \u2400',
      reason: '\u2400 failed',
      result: 'a\u2400b \ufffd',
    });
  });

  it('leaves out what the database refuses, and nothing else', async () => {
    const log = memoryLog();
    await using fixture = await startRecorder(databaseUrl, { logger: log.logger });
    const { recorder, history } = fixture;
    const [before, impossible, after] = [describeRun(), describeRun(), describeRun()];
    for (const event of lifeOf(before)) recorder.record(event);
    for (const event of lifeOf(impossible, '', outcome({ exitCode: 2 ** 40 }))) {
      recorder.record(event);
    }
    for (const event of lifeOf(after)) recorder.record(event);
    const stored = async (runId: string): Promise<string | undefined> =>
      (await history.run(runId))?.status;
    // The first attempt finds that something is refused, the next one finds out what.
    await recorder.shipNow().catch(() => recorder.shipNow());

    expect(await stored(before.runId)).toBe('succeeded');
    expect(await stored(after.runId)).toBe('succeeded');
    expect(await stored(impossible.runId)).toBe('running');
    expect(log.lines().filter(({ code }) => code === 'GITCRON_E_RECORD_REFUSED')).toHaveLength(2);
  });

  it('tells the ends of a dead predecessor’s runs, each once, and after those that were found', async () => {
    await using first = await startRecorder(databaseUrl);
    const [cutOff, found, later] = [describeRun(), describeRun(), describeRun()];
    for (const run of [cutOff, found, later])
      for (const event of lifeOf(run).slice(0, 2)) first.recorder.record(event);
    await first.recorder.shipNow();

    await using second = await startRecorder(databaseUrl, { stateDir: first.stateDir });
    const told: RecordedEvent[] = [];
    await second.recorder.shipNow();
    const lost = outcome({ status: 'lost', exitCode: null, reason: 'It was found.' });
    second.recorder.record(finishedEvent(found, { outcome: lost }));
    second.recorder.tellLost((end) => {
      told.push(end);
      second.recorder.record(end);
    });
    expect(told).toMatchObject([
      { type: 'run_finished', runId: cutOff.runId, job: cutOff.job, release: RELEASE },
      { type: 'run_finished', runId: later.runId, attempts: 1, outcome: { status: 'lost' } },
    ]);
    await second.recorder.shipNow();
    expect(await second.history.run(found.runId)).toMatchObject({ reason: 'It was found.' });
    expect(await second.history.run(cutOff.runId)).toMatchObject({
      status: 'lost',
      reason: 'The supervisor died while it ran; how it ended is not known.',
    });
    expect(told).toHaveLength(2);
  });

  it('marks runs of a dead predecessor as lost, and no other', async () => {
    await using first = await startRecorder(databaseUrl);
    const [cutOff, ended] = [describeRun(), describeRun()];
    for (const event of lifeOf(cutOff).slice(0, 2)) first.recorder.record(event);
    for (const event of lifeOf(ended)) first.recorder.record(event);
    await first.recorder.shipNow();

    await using second = await startRecorder(databaseUrl, { stateDir: first.stateDir });
    const running = describeRun();
    for (const event of lifeOf(running).slice(0, 2)) second.recorder.record(event);
    await second.recorder.shipNow();

    await using elsewhere = await startRecorder(databaseUrl);
    await elsewhere.recorder.shipNow();

    const { items } = await second.history.runs({}, 10);
    expect(Object.fromEntries(items.map(({ runId, status }) => [runId, status]))).toEqual({
      [cutOff.runId]: 'lost',
      [ended.runId]: 'succeeded',
      [running.runId]: 'running',
    });
    expect(await second.history.run(cutOff.runId)).toMatchObject({
      attempts: [{ status: 'lost' }],
    });
  });

  it.each(['before', 'after'])(
    'keeps as the error of a lost run what is stored of its output %s it was lost',
    async (order) => {
      await using first = await startRecorder(databaseUrl);
      const run = describeRun();
      const { runId } = run;
      const at = Date.now();
      for (const event of lifeOf(run).slice(0, 3)) first.recorder.record(event);
      const bytes = Buffer.from('\nconnection refused\n');
      first.recorder.record({ type: 'output', at, runId, attempt: 1, stream: 'stderr', bytes });
      // Output waits a moment for more; what follows is not joined to it.
      first.recorder.liveOutput(runId)?.seal();
      if (order === 'before') await first.recorder.shipNow();

      await using second = await startRecorder(databaseUrl, { stateDir: first.stateDir });
      const lost = outcome({ status: 'lost', exitCode: null, reason: 'Killed.' });
      if (order === 'after') second.recorder.record(finishedEvent(run, { at, outcome: lost }));
      await second.recorder.shipNow();
      await second.recorder.shipNow();
      const { items } = await second.history.runs({ text: 'refused', status: ['lost'] }, 10);
      expect(items).toMatchObject([{ runId, error: 'connection refused' }]);
    },
  );

  it('keeps what happened to releases and jobs', async () => {
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    const at = Date.now();
    const bad = 'b'.repeat(40);
    const job = { description: '', zone: 'UTC', disabled: false, line: 1, schedule: '@daily' };
    const jobs = [
      { ...job, slug: 'one', command: 'true' },
      { ...job, slug: 'two', command: 'false' },
    ];
    recorder.record({ type: 'revision_noticed', at, revision: RELEASE.revision });
    recorder.record({ type: 'release_activated', at, release: RELEASE, reason: 'new revision' });
    recorder.record({
      type: 'schedule_replaced',
      source: 'repository',
      at,
      revision: RELEASE.revision,
      jobs,
    });
    const code = 'GITCRON_E_CRONTAB';
    const reason = 'line 3: 61 is no minute';
    recorder.record({ type: 'revision_noticed', at: at + 1, revision: bad });
    const help = { place: 'app/crontab.txt:3', hint: 'Mend it.', output: [] };
    const rejected = { revision: bad, code, reason, ...help, willRetry: false };
    recorder.record({ type: 'revision_rejected', at: at + 1, ...rejected });
    const fewer = jobs.slice(0, 1);
    recorder.record({
      type: 'schedule_replaced',
      source: 'repository',
      at: at + 2,
      revision: null,
      jobs: fewer,
    });
    const ofSystem = [
      { ...job, slug: 'system.one', command: 'true' },
      { ...job, slug: 'system.two', command: 'true' },
    ];
    for (const [later, theirs] of [ofSystem, ofSystem.slice(0, 1)].entries()) {
      recorder.record({
        type: 'schedule_replaced',
        source: 'system',
        at: at + 3 + later,
        revision: null,
        jobs: theirs,
      });
    }
    recorder.record({
      type: 'schedule_replaced',
      source: 'repository',
      at: at + 5,
      revision: null,
      jobs: fewer,
    });
    await recorder.shipNow();

    expect((await history.releases(10)).items).toMatchObject([
      { revision: bad, status: 'rejected', rejectedCode: code, rejectedReason: reason },
      { ...RELEASE, status: 'active', activatedAt: at },
    ]);
    expect(await history.jobs()).toMatchObject([
      { slug: 'one', schedule: '@daily', removedAt: null, last: null },
      { slug: 'system.one', removedAt: null },
      { slug: 'system.two', removedAt: at + 4 },
      { slug: 'two', removedAt: at + 2 },
    ]);
    expect((await history.events(5)).items.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 4 }, () => 'schedule_replaced'),
      'revision_rejected',
    ]);
  });

  it('says what is wrong when its journal cannot be opened', async () => {
    const starting = startRecorder(databaseUrl, { stateDir: '/dev/null' });
    await expect(starting).rejects.toMatchObject({
      code: 'GITCRON_E_JOURNAL_OPEN',
      place: '/dev/null/journal',
    });
  });

  it('keeps its schema from the role of the scripts', async () => {
    await using fixture = await startRecorder(databaseUrl);
    await fixture.recorder.shipNow();
    const role = `scripts_${Date.now()}`;
    await query(databaseUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'a-script-password'`);
    try {
      const url = new URL(databaseUrl);
      url.username = role;
      url.password = 'a-script-password';
      for (const sql of [
        'SELECT FROM gitcron.runs',
        'DELETE FROM gitcron.runs',
        'CREATE TABLE gitcron.x ()',
      ]) {
        await expect(query(url.href, sql)).rejects.toMatchObject({ code: '42501' });
      }
    } finally {
      await query(databaseUrl, `DROP ROLE ${role}`);
    }
  });
});
