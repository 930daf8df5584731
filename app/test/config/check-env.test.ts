import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsOfOtherSetUps } from '../../src/config/other-set-ups.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PASSWORDS = 'POSTGRES_PASSWORD=aaaaaaaa\nSCRIPTS_DB_PASSWORD=bbbbbbbb\n';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-check-env-'));
  // A clone in which nothing is installed.
  for (const name of [
    'scripts',
    'package.json',
    '.env.example',
    'docker-compose.yml',
    'database.env',
    'postgresql.conf',
    'pg_hba.conf',
    'initdb',
  ])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function check(env: string | Buffer, scripts?: string) {
  writeFileSync(join(directory, '.env'), env);
  if (scripts !== undefined) writeFileSync(join(directory, 'scripts.env'), scripts);
  const { exitCode, stdout } = await execa('node', ['scripts/check-env.js'], {
    cwd: directory,
    reject: false,
  });
  return { exitCode, lines: stdout.split('\n') };
}

/** What is said of these lines, behind two passwords that are right. */
async function toldOf(lines: string): Promise<string[]> {
  const { lines: told } = await check(PASSWORDS + lines);
  return told.filter((line) => line.startsWith('.env'));
}

it('has nothing to say of what the documents show', async () => {
  const shown = String.raw`${PASSWORDS}GIT_SYNC_REPO=https://git.example.com/team/scripts.git
GIT_SYNC_USERNAME=deploy
GIT_SYNC_PASSWORD='with $dollars and # in it'
TZ=Europe/Amsterdam   # where we are
export JOB_CONCURRENCY=5
LOG_LEVEL="debug"
SECRET_ENV=
COMPOSE_PROJECT_NAME=ours
GIT_SYNC_WEBHOOK_SECRET=pa$$word-of-sixteen
SYNC_WEBHOOK_SECRET=$GIT_SYNC_WEBHOOK_SECRET
`;
  expect(await check(shown, 'SHOP_TOKEN=abc\n')).toMatchObject({ exitCode: 0 });
  expect(await check(`\uFEFF${shown.replaceAll('\n', '\r\n')}`)).toMatchObject({ exitCode: 0 });
});

it.each([
  [
    'GIT_SYNC_BRANH=main',
    'GIT_SYNC_BRANH: There is no such setting. Did you mean GIT_SYNC_BRANCH?',
  ],
  ['git_sync_wait=5', 'git_sync_wait: There is no such setting. Did you mean GIT_SYNC_WAIT?'],
  ['KEEP_RELEASE=5', 'KEEP_RELEASE: There is no such setting. Did you mean KEEP_RELEASES?'],
  [
    'SHOP_TOKEN=5',
    'SHOP_TOKEN: Nothing reads it here. What your scripts are to find belongs into scripts.env',
  ],
  ['DATABASE_URL=x', 'DATABASE_URL: Nothing reads it here. Jobs get a DATABASE_URL by themselves'],
  ['STATE_DIR=/x', 'STATE_DIR: In the stack the container sets it itself'],
  ['HTTP_HOST=0.0.0.0', 'HTTP_HOST: In the stack the container sets it itself'],
  ['ADMIN_PASSWORD=pa$word', 'ADMIN_PASSWORD: Compose takes the $ in it'],
  ['ADMIN_PASSWORD="pa$word"', 'ADMIN_PASSWORD: Compose takes the $ in it'],
  ['ADMIN_PASSWORD=pa${word', 'ADMIN_PASSWORD: Compose takes the $ in it'],
  ['ADMIN_PASSWORD=abc #def', 'ADMIN_PASSWORD: what stands behind “ #” is a comment'],
  [`ADMIN_PASSWORD='it's'`, `ADMIN_PASSWORD: what stands behind the second ' is left out`],
  ['ADMIN_PASSWORD="abc', 'ADMIN_PASSWORD: its " is never closed'],
  ['ADMIN_PASSWORD=“abc”', 'ADMIN_PASSWORD: it holds typographic quotes'],
  ['CRON_FILE=/app/project/x/app/crontab.txt', 'CRON_FILE: It is a path in the scripts repository'],
  ['TZ', 'TZ has no value'],
  ['GIT SYNC=5', '“GIT SYNC” cannot be a name'],
  ['TZ=UTC\nTZ=Europe/Rome', 'TZ: it is set in line 3 already. The last one counts.'],
  ['POSTGRES_PASSWORD=cccccccc', 'POSTGRES_PASSWORD: it is set in line 1 already'],
  [
    'GIT_SYNC_PASSWORD_FILE=./secrets/token',
    'GIT_SYNC_PASSWORD_FILE: The container does not see this path. Put the file into secrets/,',
  ],
  [
    'GIT_SYNC_PASSWORD_FILE=/run/secrets/gitcron/token',
    'GIT_SYNC_PASSWORD_FILE: There is no file secrets/token',
  ],
  [
    'ADMIN_PASSWORD_FILE=/run/secrets/gitcron/x',
    'ADMIN_PASSWORD_FILE: The container does not see this path. Put the file into secrets/app/,',
  ],
])('tells what is wrong with %s', async (lines, problem) => {
  const [told = '', ...more] = await toldOf(lines);
  expect(told).toMatch(/^\.env, line \d+: /);
  expect(told).toContain(problem);
  expect(more).toEqual([]);
});

it('tells by the names of the common set-up for Python what takes their place, as the log does', async () => {
  const settings = {
    REQ_FILE: '/app/project/x/requirements.txt',
    POSTGRES_USER: 'pg',
    POSTGRES_DB: 'pg',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const told = await toldOf(lines.join('\n'));
  for (const name of Object.keys(settings)) expect(told.join('\n')).toContain(`: ${name}: `);
  expect(told).toHaveLength(3);
  expect(settingsOfOtherSetUps(settings)).toHaveLength(3);
});

it('finds a file where the container sees it, and shows no value', async () => {
  put('secrets/token', 0o644);
  expect(await toldOf('GIT_SYNC_PASSWORD_FILE=/run/secrets/gitcron/token')).toEqual([]);
  const { exitCode, lines } = await check(
    'POSTGRES_PASSWORD=hush$hush\nSCRIPTS_DB_PASSWORD=hush/hush\n',
  );
  expect(exitCode).toBe(1);
  expect(lines.join('\n')).not.toContain('hush');
  expect(lines.filter((line) => line.includes('letters and digits'))).toHaveLength(2);
});

/** A file of this clone, with its directories. */
function put(path: string, mode: number, owner?: number): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'x');
  if (owner !== undefined) chownSync(file, owner, owner);
  chmodSync(file, mode);
  return file;
}

it('tells of files that the database may not read', async () => {
  chmodSync(join(directory, 'pg_hba.conf'), 0o600);
  chmodSync(join(directory, 'initdb/10-roles.sql'), 0o640);
  const { lines } = await check(PASSWORDS);
  expect(lines[0]).toMatch(
    /^This directory: pg_hba\.conf, initdb\/10-roles\.sql: the database \(user 999\) may not read it/,
  );
});

const TOKEN = 'GIT_SYNC_PASSWORD_FILE=/run/secrets/gitcron/token';
const ADMIN = 'ADMIN_PASSWORD_FILE=/run/secrets/app/admin';
const COMPANY = 'NODE_EXTRA_CA_CERTS=/run/certificates/company.pem';

it.runIf(process.getuid?.() === 0).each([
  ['secrets/token', 0o400, 1002, TOKEN, null],
  ['secrets/token', 0o400, 1000, TOKEN, 'sudo chown 1002 secrets/token'],
  ['secrets/token', 0o040, 1002, TOKEN, 'sudo chown 1002 secrets/token'],
  ['secrets/app/admin', 0o400, 0, ADMIN, null],
  ['secrets/app/admin', 0o400, 1003, ADMIN, 'sudo chown 0:0 secrets/app/admin'],
  ['secrets/app/admin', 0o644, 0, ADMIN, 'Jobs or installs could read secrets/app/admin'],
  ['certificates/company.pem', 0o644, 1003, COMPANY, null],
  ['certificates/company.pem', 0o600, 0, COMPANY, 'chmod 644 certificates/company.pem'],
])('judges who may read %s with mode %o of user %i', async (path, mode, owner, line, problem) => {
  put(path, mode, owner);
  const told = await toldOf(line);
  expect(told).toHaveLength(problem === null ? 0 : 1);
  expect(told.join()).toContain(problem ?? '');
});

it('tells of a directory that hides a file which all may read', async () => {
  put('secrets/token', 0o644);
  chmodSync(join(directory, 'secrets'), 0o700);
  expect(await toldOf(TOKEN)).toEqual([expect.stringContaining('chmod a+x secrets')]);
});

it('says so where .env is no file that can be read', async () => {
  mkdirSync(join(directory, '.env'));
  const { exitCode, stderr } = await execa('node', ['scripts/check-env.js'], {
    cwd: directory,
    reject: false,
  });
  expect([exitCode, stderr]).toEqual([
    66,
    expect.stringMatching(/\.env cannot be read \(EISDIR\)/),
  ]);
});

it('asks for two passwords that are not the same', async () => {
  expect((await check('')).lines.join('\n')).toContain('POSTGRES_PASSWORD is not set');
  const same = await check('POSTGRES_PASSWORD=aaaaaaaa\nSCRIPTS_DB_PASSWORD=aaaaaaaa\n');
  expect(same.lines.join('\n')).toContain('are the same');
});

it('tells of a setting of Gitcron in scripts.env, which no job would get', async () => {
  const scripts = 'LOG_LEVEL=debug\nHTTP_PROXY=http://proxy\nLOG_LEVELS=5\nTZ=UTC\n';
  const { lines } = await check(PASSWORDS, scripts);
  expect(lines.filter((line) => line.startsWith('scripts.env'))).toEqual([
    'scripts.env, line 1: LOG_LEVEL: It is a setting of Gitcron, and no job gets it from here. For Gitcron, move it to .env; for jobs, write LOG_LEVEL=… above them in the crontab.',
  ]);
});

it('tells what scripts.env cannot be for', async () => {
  const { lines } = await check(PASSWORDS, 'TOKEN=a$b\nGIT_SYNC_WAIT=5\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringContaining('scripts.env, line 1: TOKEN: Compose takes the $ in it'),
    'scripts.env, line 2: GIT_SYNC_WAIT: It is a setting of the stack: move it to .env.',
  ]);
});
