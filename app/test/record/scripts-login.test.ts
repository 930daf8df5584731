import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import { startLocalDatabase, type LocalDatabase } from '../../src/local/local-database.ts';
import { socketUrl } from '../../src/local/postgres-address.ts';
import { readOrMakePasswords } from '../../src/local/database-passwords.ts';
import { isSameServer } from '../../src/record/scripts-login/login.ts';
import { LoginWatch } from '../../src/record/scripts-login/watch-login.ts';
import { describeRun, lifeOf } from './events.ts';
import { memoryLog } from './memory-log.ts';
import { startRecorder } from './recorder-fixture.ts';
import { query } from './test-database.ts';

const INITDB = join(import.meta.dirname, '../../../initdb');

let directory: string;
let database: LocalDatabase;
let superuserUrl: string;
let scripts: Client[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-scripts-login-'));
  const place = join(directory, 'postgres');
  database = await startLocalDatabase(place, INITDB, { onMove: () => {} });
  const { searchParams } = new URL(database.supervisorUrl);
  const { postgres } = await readOrMakePasswords(`${place}.json`);
  superuserUrl = socketUrl(
    {
      socketDirectory: searchParams.get('host') ?? '',
      port: Number(searchParams.get('port')),
    },
    { role: 'postgres', password: postgres, database: 'gitcron' },
  );
});
afterAll(async () => {
  await database.stop();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  scripts = [];
});
afterEach(async () => {
  await Promise.all(scripts.map((client) => client.end().catch(() => {})));
});

/** Logs in as a job does. */
async function logIn(url = database.scriptsUrl): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  scripts.push(client);
  return client;
}

function watch(scriptsUrl = database.scriptsUrl) {
  const log = memoryLog();
  const urls: string[] = [];
  const one = new LoginWatch({
    ourUrl: database.supervisorUrl,
    scriptsUrl,
    clock: systemClock,
    logger: log.logger,
    onUrl: (url) => urls.push(new URL(url).pathname),
  });
  let told = 0;
  const forget = () => (told = said().length);
  const said = () =>
    log
      .lines()
      .filter(({ level }) => Number(level) > 20)
      .map((line) => JSON.stringify(line));
  return {
    look: () => one.look(),
    said: () => said().slice(told),
    forget,
    urls,
    [Symbol.dispose]: () => one.stop(),
  };
}

describe('a script that', () => {
  it.each(['a-new-password', null])('changes the password of all to %s is undone', async (word) => {
    using watched = watch();
    await watched.look();
    const script = await logIn();
    await script.query(`ALTER ROLE scripts PASSWORD ${word === null ? 'NULL' : `'${word}'`}`);
    await expect(logIn()).rejects.toMatchObject({ code: '28P01' });
    await watched.look();
    await logIn();
    expect(watched.said()).toEqual([
      expect.stringMatching(/GITCRON_E_SCRIPTS_LOGIN.*password of DATABASE_URL again/),
      expect.stringContaining('Jobs can log in to their database again'),
    ]);
    await watched.look();
    expect(watched.said()).toHaveLength(2);
  });

  it('drops all that it owns can begin anew', async () => {
    using watched = watch();
    const script = await logIn();
    await script.query('CREATE TABLE gone (); DROP OWNED BY scripts');
    await watched.look();
    await (await logIn()).query('CREATE SCHEMA public; CREATE TABLE back ()');
    expect(watched.said()).toEqual([]);
  });

  it('takes every connection of its role is told of, and history is written meanwhile', async () => {
    using watched = watch();
    await watched.look();
    await Promise.all(Array.from({ length: 40 }, () => logIn()));
    await expect(logIn()).rejects.toMatchObject({ code: '53300' });
    await watched.look();
    await watched.look();
    expect(watched.said()).toEqual([expect.stringContaining('No connection is left for the role')]);
    await using fixture = await startRecorder(database.supervisorUrl);
    const run = describeRun();
    for (const event of lifeOf(run)) fixture.recorder.record(event);
    await fixture.recorder.shipNow();
    expect(await fixture.history.run(run.runId)).toMatchObject({ status: 'succeeded' });
    await Promise.all(scripts.map((client) => client.end()));
    await expect.poll(async () => (await logIn()).host, { timeout: 10_000 }).toBe('127.0.0.1');
    await watched.look();
    expect(watched.said().at(-1)).toContain('Jobs can log in to their database again');
  });

  it('fills the table of locks is ended, and history and jobs go on', async () => {
    using watched = watch();
    await watched.look();
    // What the standing connection knew of roles is out of date by then.
    await (await logIn()).query(`ALTER ROLE scripts PASSWORD 'changed'`);
    await watched.look();
    watched.forget();
    const hoarder = await logIn();
    await expect(
      hoarder.query('SELECT pg_advisory_lock(key) FROM generate_series(1, 100000) AS key'),
    ).rejects.toMatchObject({ code: '53200' });
    await expect(logIn()).rejects.toMatchObject({ code: '53200' });
    await using fixture = await startRecorder(database.supervisorUrl);
    const run = describeRun();
    for (const event of lifeOf(run)) fixture.recorder.record(event);
    await watched.look();
    await logIn();
    expect(watched.said()[0]).toMatch(/table of locks is full.*Its session \d+, which held \d{4,}/);
    expect(watched.said()[1]).toContain('again');
    await expect(hoarder.query('SELECT 1')).rejects.toThrow(/terminat|not queryable/);
    await expect
      .poll(() => fixture.history.run(run.runId).catch(() => null), { timeout: 20_000 })
      .toMatchObject({ status: 'succeeded' });
  });

  it('changes settings of its role is told of, once', async () => {
    using watched = watch();
    await (await logIn()).query(`ALTER ROLE scripts SET default_transaction_read_only = on`);
    await watched.look();
    await watched.look();
    expect(watched.said()).toEqual([expect.stringContaining('default_transaction_read_only=on')]);
    await (await logIn()).query('SET transaction_read_only = off; ALTER ROLE scripts RESET ALL');
    await watched.look();
    expect(watched.said()).toHaveLength(1);
  });
});

describe('where our role may not help', () => {
  it('says once what to do', async () => {
    await query(superuserUrl, 'REVOKE scripts FROM gitcron; ALTER ROLE gitcron NOCREATEROLE');
    const script = await logIn();
    await script.query(`ALTER ROLE scripts PASSWORD 'a-new-password'`);
    using watched = watch();
    await watched.look();
    await watched.look();
    expect(watched.said()).toEqual([
      expect.stringContaining('GRANT scripts TO gitcron WITH ADMIN'),
    ]);
    await query(
      superuserUrl,
      'GRANT scripts TO gitcron WITH ADMIN OPTION; ALTER ROLE gitcron CREATEROLE',
    );
    await watched.look();
    await logIn();
  });
});

it('what only an administrator can have done is told, and not undone', async () => {
  using watched = watch();
  await query(superuserUrl, 'REVOKE CONNECT ON DATABASE scripts FROM scripts');
  await watched.look();
  await expect(logIn()).rejects.toMatchObject({ code: '42501' });
  await query(superuserUrl, 'GRANT CONNECT ON DATABASE scripts TO scripts');
  await query(superuserUrl, 'ALTER ROLE scripts NOLOGIN');
  await watched.look();
  await expect(logIn()).rejects.toMatchObject({ code: '28000' });
  await query(superuserUrl, 'ALTER ROLE scripts LOGIN');
  await watched.look();
  expect(watched.said()).toEqual([
    expect.stringContaining('GRANT CONNECT ON DATABASE scripts TO scripts'),
    expect.stringContaining('ALTER ROLE scripts LOGIN'),
    expect.stringContaining('Jobs can log in'),
  ]);
});

describe('a volume of before', () => {
  it('has one database, which jobs are given, until they have their own', async () => {
    const url = new URL(database.scriptsUrl);
    url.pathname = '/scripts_to_come';
    await query(superuserUrl, 'GRANT CONNECT ON DATABASE gitcron TO scripts');
    using watched = watch(url.href);
    await watched.look();
    await watched.look();
    expect(watched.urls).toEqual(['/gitcron']);
    expect(watched.said()).toEqual([expect.stringContaining('initdb/by-hand/move-scripts.sql')]);
    await query(superuserUrl, 'CREATE DATABASE scripts_to_come');
    await query(superuserUrl, 'REVOKE CONNECT ON DATABASE gitcron FROM scripts');
    await watched.look();
    expect(watched.urls).toEqual(['/gitcron', '/scripts_to_come']);
    await query(superuserUrl, 'DROP DATABASE scripts_to_come WITH (FORCE)');
  });
});

it.each([
  ['postgres://a@db:5432/x', 'postgres://b@db/y', true],
  ['postgres://a@localhost/x?host=%2Fsocket&port=6000', 'postgres://b@127.0.0.1:6000/y', true],
  ['postgres://a@localhost/x?host=%2Fsocket&port=6000', 'postgres://b@127.0.0.1/y', false],
  ['postgres://a@db/x', 'postgres://b@elsewhere/y', false],
])('%s and %s are one server: %s', (one, other, same) => {
  expect(isSameServer(one, other)).toBe(same);
});
