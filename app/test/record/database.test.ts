import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { loseRunsOfTheSilent } from '../../src/record/sign-of-life.ts';
import { describeRun, finishedEvent, lifeOf, outcome } from './events.ts';
import { memoryLog } from './memory-log.ts';
import { startRecorder } from './recorder-fixture.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ownServer: true });
});
afterAll(() => server.stop());

describe('the database of the record', () => {
  it('is set up once when several supervisors start at the same moment', async () => {
    const databaseUrl = await server.createDatabase();
    await using first = await startRecorder(databaseUrl);
    await using second = await startRecorder(databaseUrl);
    await using third = await startRecorder(databaseUrl);
    for (const { recorder } of [first, second, third]) {
      for (const event of lifeOf(describeRun())) recorder.record(event);
    }
    for (const { recorder } of [first, second, third]) {
      await expect.poll(() => recorder.status().lastShippedAt, { timeout: 20_000 }).not.toBeNull();
    }
    const { rows } = await query(databaseUrl, 'SELECT name FROM gitcron.migrations ORDER BY id');
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    await Promise.all([first, second, third].map(({ recorder }) => recorder.shipNow()));
    expect((await first.history.runs({}, 10)).items).toHaveLength(3);
    const log = join(server.embedded?.directory ?? '', '../postgres.log');
    expect(readFileSync(log, 'utf8')).not.toMatch(/WARNING/);
  });

  it('needs no right but on its schema; then searching is slow, and that is said', async () => {
    const databaseUrl = await server.createDatabase();
    const role = `gitcron_${Date.now()}`;
    const { pathname } = new URL(databaseUrl);
    await query(databaseUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'a-role-password'`);
    await query(databaseUrl, `CREATE SCHEMA gitcron AUTHORIZATION ${role}`);
    await query(databaseUrl, `REVOKE ALL ON DATABASE ${pathname.slice(1)} FROM PUBLIC`);
    await query(databaseUrl, `GRANT CONNECT ON DATABASE ${pathname.slice(1)} TO ${role}`);
    const url = new URL(databaseUrl);
    url.username = role;
    url.password = 'a-role-password';
    const log = memoryLog();
    {
      await using fixture = await startRecorder(url.href, { logger: log.logger });
      const { recorder, history } = fixture;
      const end = outcome({ status: 'failed', reason: 'ECONNREFUSED' });
      for (const event of lifeOf(describeRun(), '', end)) recorder.record(event);
      await recorder.shipNow();
      expect((await history.runs({ text: 'econn' }, 10)).items).toHaveLength(1);
      await expect
        .poll(() => log.lines().map(({ msg }) => msg), { timeout: 10_000 })
        .toContainEqual(expect.stringContaining('CREATE EXTENSION pg_trgm'));
    }
    await query(databaseUrl, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('is set up whatever locks a script holds, and a script cannot take the lock for it', async () => {
    const databaseUrl = await server.createDatabase();
    const name = new URL(databaseUrl).pathname.slice(1);
    const role = `scripts_${Date.now()}`;
    await query(databaseUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'a-role-password'`);
    await query(databaseUrl, `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${role}`);
    const url = new URL(databaseUrl);
    url.username = role;
    url.password = 'a-role-password';
    const script = new Client({ connectionString: url.href });
    await script.connect();
    // The one that every user of node-pg-migrate takes.
    await script.query('SELECT pg_advisory_lock(7241865325823964)');
    {
      await using fixture = await startRecorder(databaseUrl);
      await expect.poll(() => fixture.recorder.status().prepared, { timeout: 10_000 }).toBe(true);
      await expect(script.query('BEGIN; LOCK TABLE gitcron.migration_lock')).rejects.toMatchObject({
        code: '42501',
      });
    }
    await script.end();
    await query(databaseUrl, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('says that history is not written while its tables are in use, and writes it then', async () => {
    const databaseUrl = await server.createDatabase();
    const backup = new Client({ connectionString: databaseUrl });
    await backup.connect();
    await backup.query('CREATE SCHEMA gitcron; CREATE TABLE gitcron.migration_lock ()');
    await backup.query('BEGIN; LOCK TABLE gitcron.migration_lock IN ACCESS SHARE MODE');
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    const run = describeRun();
    for (const event of lifeOf(run)) recorder.record(event);
    expect(recorder.status().prepared).toBe(false);
    await expect
      .poll(() => recorder.status().databaseDown?.reason, { timeout: 20_000 })
      .toContain('in use by somebody else');
    expect(recorder.status().prepared).toBe(false);
    await backup.query('ROLLBACK');
    await expect.poll(() => recorder.status().prepared, { timeout: 20_000 }).toBe(true);
    await recorder.shipNow();
    expect(await history.run(run.runId)).toMatchObject({ status: 'succeeded' });
    await backup.end();
  }, 60_000);

  it('is set up again when somebody has emptied it', async () => {
    const databaseUrl = await server.createDatabase();
    await using fixture = await startRecorder(databaseUrl);
    const { recorder, history } = fixture;
    for (const event of lifeOf(describeRun())) recorder.record(event);
    await recorder.shipNow();
    await query(databaseUrl, 'DROP SCHEMA gitcron CASCADE');
    const run = describeRun();
    for (const event of lifeOf(run)) recorder.record(event);
    await expect
      .poll(() => history.run(run.runId).catch(() => null), { timeout: 20_000 })
      .toMatchObject({ status: 'succeeded' });
  });

  it('may accept and never answer: recording goes on, and stopping does not wait for it', async () => {
    const deaf = createServer(() => {});
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' ? address?.port : null;
    const fixture = await startRecorder(`postgres://gitcron:password@127.0.0.1:${port}/gitcron`);
    for (const event of lifeOf(describeRun())) fixture.recorder.record(event);
    await expect
      .poll(() => fixture.recorder.status().databaseDown, { timeout: 20_000 })
      .not.toBeNull();
    expect(fixture.recorder.status().journalBytes).toBeGreaterThan(500);
    await fixture.recorder.stop(100);
    await fixture[Symbol.asyncDispose]();
    deaf.close();
  });
});

describe('the reason why the database is away', () => {
  it('is that of the last try', async () => {
    const port = await freePort();
    await using fixture = await startRecorder(`postgres://me:password@127.0.0.1:${port}/gitcron`);
    const reason = () => fixture.recorder.status().databaseDown?.reason;
    await expect.poll(reason, { timeout: 20_000 }).toContain('ECONNREFUSED');
    const since = fixture.recorder.status().databaseDown?.since;
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(port, '127.0.0.1', resolve));
    await expect.poll(reason, { timeout: 20_000 }).not.toContain('ECONNREFUSED');
    expect(fixture.recorder.status().databaseDown?.since).toBe(since);
    rude.close();
  });
});

describe('a supervisor that is not heard of any more', () => {
  it('loses its runs, and can still tell the truth when it comes back', async () => {
    const databaseUrl = await server.createDatabase();
    await using silent = await startRecorder(databaseUrl);
    await using alive = await startRecorder(databaseUrl);
    const [gone, running] = [describeRun(), describeRun()];
    for (const event of lifeOf(gone).slice(0, 2)) silent.recorder.record(event);
    for (const event of lifeOf(running).slice(0, 2)) alive.recorder.record(event);
    await silent.recorder.shipNow();
    await alive.recorder.shipNow();
    await query(
      databaseUrl,
      `UPDATE gitcron.supervisors SET seen_at = now() - interval '16 minutes'
       WHERE owner = (SELECT owner FROM gitcron.runs WHERE run_id = $1)`,
      [gone.runId],
    );

    const lost = outcome({
      status: 'lost',
      exitCode: null,
      durationMs: expect.any(Number),
      reason: 'Its supervisor was not heard of any more; how it ended is not known.',
    });
    expect(await loseRunsOfTheSilent(alive.recorder.pool)).toEqual([
      finishedEvent(gone, { at: expect.any(Number), outcome: lost }),
    ]);
    expect(await loseRunsOfTheSilent(alive.recorder.pool)).toEqual([]);
    expect(await alive.history.run(gone.runId)).toMatchObject({
      status: 'lost',
      attempts: [{ status: 'lost' }],
    });
    expect(await alive.history.run(running.runId)).toMatchObject({ status: 'running' });

    for (const event of lifeOf(gone).slice(3)) silent.recorder.record(event);
    await silent.recorder.shipNow();
    expect(await alive.history.run(gone.runId)).toMatchObject({
      status: 'succeeded',
      attempts: [{ status: 'succeeded' }],
    });
  });
});
