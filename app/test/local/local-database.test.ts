import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrMakePasswords } from '../../src/local/database-passwords.ts';
import { startEmbeddedPostgres } from '../../src/local/embedded-postgres.ts';
import { startLocalDatabase, type LocalDatabase } from '../../src/local/local-database.ts';
import { withClient } from '../../src/record/database/with-client.ts';
import { describeRun, lifeOf } from '../record/events.ts';
import { ASKS, startImpostor } from '../record/impostor.ts';
import { startRecorder } from '../record/recorder-fixture.ts';
import { query } from '../record/test-database.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const INITDB = join(PROJECT, 'initdb');
const DENIED = { code: '42501' };
const NOT_LET_IN = { code: '28000' };

let directory: string;
let moves: unknown[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-local-database-'));
  moves = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function start(
  place = join(directory, 'postgres'),
  initScripts = INITDB,
): Promise<LocalDatabase & AsyncDisposable> {
  const database = await startLocalDatabase(place, initScripts, {
    onMove: (failure) => moves.push(failure),
  });
  return { ...database, [Symbol.asyncDispose]: () => database.stop() };
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function passwords() {
  return readOrMakePasswords(join(directory, 'postgres.json'));
}

/** A directory as it was made when scripts and history had one database. */
async function makeOldDirectory(): Promise<void> {
  const { postgres, scripts, supervisor } = await passwords();
  const server = await startEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    database: 'gitcron',
    password: postgres,
    overTcp: [],
  });
  const url = server.superuserUrl('gitcron');
  await query(
    url,
    `CREATE ROLE gitcron LOGIN PASSWORD '${supervisor}';
     CREATE ROLE scripts LOGIN PASSWORD '${scripts}' CONNECTION LIMIT 40;
     REVOKE ALL ON DATABASE gitcron, postgres, template1 FROM PUBLIC;
     REVOKE ALL ON SCHEMA public FROM PUBLIC;
     GRANT CONNECT, CREATE, TEMPORARY ON DATABASE gitcron TO gitcron;
     GRANT CONNECT, TEMPORARY ON DATABASE gitcron TO scripts;
     CREATE SCHEMA gitcron AUTHORIZATION gitcron;
     GRANT USAGE, CREATE ON SCHEMA public TO scripts;
     SET ROLE scripts;
     CREATE TABLE public.kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text);
     INSERT INTO public.kept (word) VALUES ('of before');
     SET ROLE gitcron;
     CREATE TABLE gitcron.old_history (word text)`,
  );
  await server.stop();
}

describe('the database of npm start', () => {
  it('gives scripts a database of their own, and lets nobody else in over TCP', async () => {
    await using database = await start();
    const { scriptsUrl, supervisorUrl } = database;
    await query(
      scriptsUrl,
      `INSERT INTO demo_measurements (load_average, free_bytes) VALUES (1, 1)`,
    );
    await query(scriptsUrl, 'CREATE TABLE mine (); CREATE EXTENSION pg_trgm; CREATE SCHEMA more');
    expect(new URL(scriptsUrl).pathname).toBe('/scripts');
    for (const name of ['gitcron', 'postgres', 'template1']) {
      await expect(query(inDatabase(scriptsUrl, name), 'SELECT 1')).rejects.toMatchObject(DENIED);
    }
    await expect(query(scriptsUrl, 'DROP DATABASE scripts')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      query(scriptsUrl, 'ALTER DATABASE scripts ALLOW_CONNECTIONS false'),
    ).rejects.toMatchObject(DENIED);

    const { postgres, supervisor } = await passwords();
    for (const [role, password] of [
      ['postgres', postgres],
      ['gitcron', supervisor],
    ] as const) {
      const url = new URL(scriptsUrl);
      url.username = role;
      url.password = password;
      for (const name of ['postgres', 'gitcron', 'scripts']) {
        const way = query(inDatabase(url.href, name), 'SELECT 1');
        await expect(way).rejects.toMatchObject(NOT_LET_IN);
      }
    }
    await using fixture = await startRecorder(supervisorUrl);
    const run = describeRun();
    for (const event of lifeOf(run)) fixture.recorder.record(event);
    await fixture.recorder.shipNow();
    expect(await fixture.history.run(run.runId)).toMatchObject({ status: 'succeeded' });
  }, 60_000);

  it('tells no password of ours to who takes its port when it is down', async () => {
    const database = await start();
    await using fixture = await startRecorder(database.supervisorUrl);
    for (const event of lifeOf(describeRun())) fixture.recorder.record(event);
    await fixture.recorder.shipNow();
    const port = Number(new URL(database.scriptsUrl).port);
    await database.stop();
    await using impostor = await startImpostor(ASKS['in clear text'], port);
    for (const event of lifeOf(describeRun())) fixture.recorder.record(event);
    const reason = () => fixture.recorder.status().databaseDown?.reason;
    await expect.poll(reason, { timeout: 20_000 }).toMatch(/ENOENT|ECONNREFUSED/);
    await expect(fixture.history.runs({}, 1)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    expect(impostor.clients()).toBe(0);
    // Who logs in as the scripts' role does it in no form that shows the password.
    await expect(withClient(database.scriptsUrl, async () => {})).rejects.toMatchObject({
      code: 'GITCRON_E_DATABASE_PASSWORD',
    });
    expect(impostor.clients()).toBe(1);
    for (const password of Object.values(await passwords())) {
      expect(impostor.heard()).not.toContain(password);
    }
  }, 60_000);

  it('keeps its socket where no other user gets in', async () => {
    await using database = await start();
    const socketDirectory = new URL(database.supervisorUrl).searchParams.get('host') ?? '';
    expect(socketDirectory).toBe(join(directory, 'postgres/socket'));
    const { mode, uid } = await stat(socketDirectory);
    expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
    if (uid !== 0) return;
    const { stdout } = await execa(
      process.execPath,
      [
        '-e',
        `require('net').connect(process.argv[1]).on('error', ({ code }) => console.log(code)).on('connect', () => console.log('in'))`,
        join(
          socketDirectory,
          `.s.PGSQL.${new URL(database.supervisorUrl).searchParams.get('port')}`,
        ),
      ],
      { uid: 65_534, gid: 65_534, cwd: '/' },
    );
    expect(stdout).toBe('EACCES');
  }, 60_000);

  it('has a short way to its socket where the path is too long, and takes it away', async () => {
    const place = join(directory, 'with, a "name"'.repeat(8), 'postgres');
    await mkdir(dirname(place), { recursive: true });
    const database = await start(place);
    const host = new URL(database.supervisorUrl).searchParams.get('host') ?? '';
    expect(Buffer.byteLength(host)).toBeLessThan(80);
    expect((await stat(host)).mode & 0o777).toBe(0o700);
    expect((await query(database.supervisorUrl, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.stop();
    await expect(stat(host)).rejects.toMatchObject({ code: 'ENOENT' });
  }, 60_000);

  it('says when the path of its socket is too long everywhere', async () => {
    const place = join(directory, 'long'.repeat(30));
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = place;
    try {
      await mkdir(place);
      await expect(start(join(place, 'postgres'))).rejects.toMatchObject({
        code: 'GITCRON_E_SOCKET_PATH',
      });
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
  }, 60_000);

  it('starts again with what scripts made, and with the passwords of before', async () => {
    {
      await using database = await start();
      await query(
        database.scriptsUrl,
        `DROP SCHEMA public CASCADE; CREATE SCHEMA own; CREATE TABLE own.kept ();
         ALTER ROLE scripts PASSWORD 'changed'`,
      );
    }
    await using database = await start();
    expect((await query(database.scriptsUrl, 'TABLE own.kept')).rows).toEqual([]);
    expect(moves).toEqual([]);
  }, 60_000);
});

describe('a directory of before, with one database', () => {
  it('is given two, and what scripts kept is in theirs', async () => {
    await makeOldDirectory();
    {
      await using database = await start();
      const kept = await query(
        database.scriptsUrl,
        `INSERT INTO kept (word) VALUES ('of today'); SELECT id, word FROM kept ORDER BY id`,
      );
      expect(kept).toMatchObject([
        {},
        { rows: [{ word: 'of before' }, { id: '2', word: 'of today' }] },
      ]);
      const schemas = await query(database.scriptsUrl, `SELECT to_regnamespace('gitcron') AS ours`);
      expect(schemas.rows).toEqual([{ ours: null }]);
      const url = inDatabase(database.scriptsUrl, 'gitcron');
      await expect(query(url, 'SELECT 1')).rejects.toMatchObject(DENIED);
      const ours = await query(
        database.supervisorUrl,
        `SELECT to_regclass('gitcron.old_history') IS NOT NULL AS history, (SELECT relname FROM pg_class WHERE relname = 'kept') AS kept`,
      );
      expect(ours.rows).toEqual([{ history: true, kept: null }]);
    }
    await using again = await start();
    expect((await query(again.scriptsUrl, 'TABLE kept')).rows).toHaveLength(2);
    expect(moves).toEqual([null]);
  }, 90_000);

  it('goes on as it was when that cannot be done, and is tried again', async () => {
    await makeOldDirectory();
    const { postgres } = await passwords();
    const server = await startEmbeddedPostgres({
      directory: join(directory, 'postgres'),
      database: 'gitcron',
      password: postgres,
      overTcp: [],
    });
    // Somebody else's, and it hangs on a table of the scripts.
    const url = server.superuserUrl('gitcron');
    await query(url, 'CREATE VIEW public.report AS SELECT * FROM public.kept');
    await server.stop();
    {
      await using database = await start();
      expect(new URL(database.scriptsUrl).pathname).toBe('/gitcron');
      expect((await query(database.scriptsUrl, 'TABLE kept')).rows).toHaveLength(1);
      expect(moves).toMatchObject([{ code: '2BP01' }]);
      await query(database.supervisorUrl, 'SELECT 1');
    }
    await using again = await start();
    expect(new URL(again.scriptsUrl).pathname).toBe('/gitcron');
    expect(moves).toHaveLength(2);
  }, 90_000);
});
