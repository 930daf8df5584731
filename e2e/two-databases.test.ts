import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { mark, Stack } from './stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.create();
  await stack.useInitScripts('e2e/initdb-of-before');
  await stack.compose('up', '--detach', '--wait', 'db');
  await asScripts(
    'gitcron',
    'INSERT INTO demo_measurements (load_average, free_bytes) VALUES (7, 7)',
  );
  await stack.useInitScripts('initdb');
});

afterAll(() => stack.down());

/** A script's own statements, with its own rights. */
function asScripts(database: string, ...statements: string[]): Promise<string> {
  const commands = statements.flatMap((sql) => ['-c', sql]);
  return stack.exec('db', 'psql', '-qtAX', '-U', 'scripts', '-d', database, ...commands);
}

const measure = () => stack.exec('app', 'gitcron', 'run', 'measure', '--wait');
const countIn = async (database: 'gitcron' | 'scripts') =>
  Number(await stack.query('SELECT count(*) FROM demo_measurements', database));

test('a volume of before goes on with its one database, and it is told how to move', async () => {
  onTestFailed(() => stack.explain());
  const start = mark();
  await stack.up();
  await stack.line('app', /GITCRON_E_SCRIPTS_DATABASE/, start);
  await stack.line('app', /hello#\w+ \| Hello/, start);
  await measure();
  expect(await countIn('gitcron')).toBeGreaterThanOrEqual(2);
});

test('where our role may not mend it, status says that jobs are locked out, and what to do', async () => {
  onTestFailed(() => stack.explain());
  const changed = mark();
  await asScripts('gitcron', `ALTER ROLE scripts PASSWORD 'changed'`);
  await stack.line('app', /GRANT scripts TO gitcron WITH ADMIN OPTION/, changed);
  const status = await stack.exec('app', 'sh', '-c', 'gitcron status || true');
  expect(status).toMatch(/JOBS CANNOT LOG IN since .*GITCRON_E_SCRIPTS_LOGIN/);
  await stack.query(`ALTER ROLE scripts PASSWORD '${stack.passwords.SCRIPTS_DB_PASSWORD}'`);
  await stack.line('app', /Jobs can log in to their database again/, changed);
});

test('a volume of before is given two by what docs/upgrading.md says', async () => {
  onTestFailed(() => stack.explain());
  const before = await countIn('gitcron');
  await stack.compose('stop', 'app');
  await stack.exec(
    ...(['db', 'psql', '-U', 'postgres', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1'] as const),
    ...['-f', '/docker-entrypoint-initdb.d/by-hand/move-scripts.sql'],
  );
  const moved = mark();
  await stack.up();
  await stack.line('app', /hello#\w+ \| Hello/, moved);
  await measure();
  expect(await countIn('scripts')).toBeGreaterThan(before);
  expect(
    await asScripts('scripts', 'SELECT load_average FROM demo_measurements WHERE id = 1'),
  ).toBe('7');
  expect(await stack.query(`SELECT to_regclass('public.demo_measurements')`)).toBe('');
  expect(await stack.exec('app', 'gitcron', 'runs', 'measure')).toMatch(/(succeeded[^]*){2}/);
  expect(await stack.logs('app', moved)).not.toContain('GITCRON_E_SCRIPTS_DATABASE');
});

test('a script that changes the password of all locks nobody out', async () => {
  onTestFailed(() => stack.explain());
  const changed = mark();
  await asScripts('scripts', `ALTER ROLE scripts PASSWORD 'changed'`);
  await stack.line('app', /has the password of DATABASE_URL again/, changed);
  const before = await countIn('scripts');
  await measure();
  expect(await countIn('scripts')).toBeGreaterThan(before);
});

test('a script that fills the table of locks is ended', async () => {
  onTestFailed(() => stack.explain());
  const filled = mark();
  const ended = asScripts(
    'scripts',
    'SELECT pg_advisory_lock(key) FROM generate_series(1, 1000000) AS key',
    'SELECT pg_sleep(600)',
  ).catch((error: unknown) => String(error));
  await stack.line('app', /table of locks is full/, filled);
  expect(await ended).toContain('terminating connection due to administrator command');
  await stack.line('app', /Jobs can log in to their database again/, filled);
  await measure();
});
