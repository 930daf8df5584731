import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loseRunsOfTheSilent } from '../../src/record/sign-of-life.ts';
import { runsEndingIn } from '../../src/record/history/short-id.ts';
import { cleanupRuns } from '../../src/record/retention/cleanup.ts';
import { describeRun, lifeOf, outcome, RELEASE } from './events.ts';
import { plantEverything } from './planted.ts';
import { startRecorder } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ownServer: true });
});
afterAll(() => server.stop());

/** A database of one's own, which belongs to the scripts, with a role for us that may create in it. */
async function sharedDatabase() {
  const adminUrl = await server.createDatabase();
  const name = new URL(adminUrl).pathname.slice(1);
  const suffix = name.slice(-8);
  await query(
    adminUrl,
    `CREATE ROLE scripts_${suffix} LOGIN PASSWORD 'password';
     CREATE ROLE gitcron_${suffix} LOGIN PASSWORD 'password';
     ALTER DATABASE ${name} OWNER TO scripts_${suffix};
     GRANT CONNECT, CREATE ON DATABASE ${name} TO gitcron_${suffix}`,
  );
  const urlOf = (role: string) => {
    const url = new URL(adminUrl);
    url.username = `${role}_${suffix}`;
    url.password = 'password';
    return url.href;
  };
  const scripts = new Client({ connectionString: urlOf('scripts') });
  await scripts.connect();
  return {
    adminUrl,
    ours: urlOf('gitcron'),
    name,
    suffix,
    scripts,
    async [Symbol.asyncDispose]() {
      await scripts.end();
    },
  };
}

describe('in a database that scripts share', () => {
  it('nothing is called that a script planted, wherever its settings look first', async () => {
    await using database = await sharedDatabase();
    const { scripts, name, ours } = database;
    expect(await plantEverything(scripts, 'public')).toBeGreaterThan(1000);
    // The one that the default search path names first: that of our role's name.
    const named = `gitcron_${database.suffix}`;
    await scripts.query(`CREATE SCHEMA ${named}; GRANT USAGE ON SCHEMA ${named} TO PUBLIC`);
    await plantEverything(scripts, named);
    await scripts.query(`ALTER DATABASE ${name} SET search_path = "$user", public, pg_catalog`);
    const url = new URL(ours);
    url.searchParams.set('options', '-c search_path=public,pg_catalog');
    const run = describeRun();
    const failed = outcome({ status: 'failed', reason: 'planted', result: 'a result' });
    {
      await using fixture = await startRecorder(url.href);
      const { recorder, history } = fixture;
      const at = Date.now();
      recorder.record({ type: 'revision_noticed', at, revision: RELEASE.revision });
      recorder.record({ type: 'release_activated', at, release: RELEASE, reason: 'new revision' });
      recorder.record({
        type: 'schedule_replaced',
        source: 'repository',
        at,
        revision: RELEASE.revision,
        jobs: [],
      });
      for (const event of lifeOf(run, 'hello\n', failed)) recorder.record(event);
      await recorder.shipNow();
      expect((await history.runs({ text: 'planted' }, 10)).items).toHaveLength(1);
      expect(
        (await history.runs({ job: run.job, from: at - 1e6, to: at + 1e6 }, 10)).items,
      ).toHaveLength(1);
      expect(await history.run(run.runId)).toMatchObject({ status: 'failed', result: 'a result' });
      expect(await history.output(run.runId)).toMatchObject([{ sequence: 1 }]);
      expect(await history.jobs()).toMatchObject([{ slug: run.job }]);
      await history.failingJobs();
      expect((await history.releases(10)).items).toHaveLength(1);
      expect((await history.events(10)).items).not.toHaveLength(0);
      const [before, to] = [{ queuedAt: at + 1e6, runId: run.runId }, Date.now()];
      await history.lastSuccess(run.job, before);
      await history.failures(run.job, before);
      await history.outline(run.runId, {});
      await history.runAfter(run.job, { ...before, queuedAt: 0 });
      await history.markEvents(at - 1e6, to);
      await history.jobPlans(run.job, 5);
      await history.slotFacts(null, at - 1e6, to);
      await history.slotRuns([run.job], at - 1e6, to);
      await history.lastEnds();
      await history.lately(5, null);
      await history.durations(run.job, { from: 0, to, spans: 10 });
      expect(await runsEndingIn(recorder.pool, run.runId.slice(-8))).toEqual([run.runId]);
      await loseRunsOfTheSilent(recorder.pool);
      const limits = { keepDays: 1, keepRunsPerJob: 1, keepOutputBytes: 1 };
      await cleanupRuns(recorder.pool, { limits, now: at + 1e10, dryRun: false });
    }
    const asAdmin = new Client({ connectionString: database.adminUrl });
    await asAdmin.connect();
    await asAdmin.query('SET search_path = pg_catalog');
    const called = `SELECT what FROM public.called UNION ALL SELECT what FROM ${named}.called`;
    expect((await asAdmin.query(called)).rows).toEqual([]);
    // The planted are alive, and found by who looks for them.
    await asAdmin.query('SET search_path = public, pg_catalog');
    await asAdmin.query(`SELECT now()`);
    expect((await asAdmin.query('TABLE public.called')).rows).toContainEqual(
      expect.objectContaining({ what: 'now' }),
    );
    await asAdmin.end();
  }, 60_000);

  it('history is not written into a schema that a script made first', async () => {
    await using database = await sharedDatabase();
    const { scripts, ours, suffix } = database;
    await scripts.query(`CREATE SCHEMA gitcron; GRANT ALL ON SCHEMA gitcron TO PUBLIC`);
    await using fixture = await startRecorder(ours);
    for (const event of lifeOf(describeRun())) fixture.recorder.record(event);
    const reason = () => fixture.recorder.status().databaseDown?.reason;
    await expect.poll(reason, { timeout: 20_000 }).toContain(`another role, “scripts_${suffix}”`);
    await scripts.query('DROP SCHEMA gitcron CASCADE');
    await expect.poll(() => fixture.recorder.status().prepared, { timeout: 20_000 }).toBe(true);
  }, 60_000);

  it('history is written whatever advisory locks a script holds', async () => {
    await using database = await sharedDatabase();
    // Every key of the lower 32 bits is too many; those of one word, and node-pg-migrate’s own, are not.
    await database.scripts.query(
      `SELECT pg_advisory_lock(key) FROM generate_series(0, 1000) AS key;
       SELECT pg_advisory_lock(7241865325823964);
       SELECT pg_advisory_lock(pg_catalog.hashtext('gitcron'))`,
    );
    await using fixture = await startRecorder(database.ours);
    const run = describeRun();
    for (const event of lifeOf(run)) fixture.recorder.record(event);
    await fixture.recorder.shipNow();
    expect(await fixture.history.run(run.runId)).toMatchObject({ status: 'succeeded' });
    const { rows } = await query(
      database.adminUrl,
      `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND usename = 'gitcron_${database.suffix}'`,
    );
    expect(rows).toEqual([]);
  });
});
