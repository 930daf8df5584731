import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  mkdirSync(join(directory, 'secrets'));
  writeFileSync(join(directory, 'secrets/token'), 'x');
  expect(await toldOf('GIT_SYNC_PASSWORD_FILE=/run/secrets/gitcron/token')).toEqual([]);
  const { exitCode, lines } = await check(
    'POSTGRES_PASSWORD=hush$hush\nSCRIPTS_DB_PASSWORD=hush/hush\n',
  );
  expect(exitCode).toBe(1);
  expect(lines.join('\n')).not.toContain('hush');
  expect(lines.filter((line) => line.includes('letters and digits'))).toHaveLength(2);
});

it('asks for two passwords that are not the same', async () => {
  expect((await check('')).lines.join('\n')).toContain('POSTGRES_PASSWORD is not set');
  const same = await check('POSTGRES_PASSWORD=aaaaaaaa\nSCRIPTS_DB_PASSWORD=aaaaaaaa\n');
  expect(same.lines.join('\n')).toContain('are the same');
});

it('tells what scripts.env cannot be for', async () => {
  const { lines } = await check(PASSWORDS, 'TOKEN=a$b\nGIT_SYNC_WAIT=5\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringContaining('scripts.env, line 1: TOKEN: Compose takes the $ in it'),
    'scripts.env, line 2: GIT_SYNC_WAIT: It is a setting of the stack: move it to .env.',
  ]);
});
