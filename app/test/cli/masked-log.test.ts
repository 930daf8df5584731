import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';

/** The supervisor itself says the names of jobs, so these names hold the secrets. */
const SECRETS = {
  named: 'secret-named-by-setting',
  url: 'secret-of-database-url',
  proxy: 'secret-of-the-proxy',
  pg: 'secret-of-pgpassword',
  git: 'secret-of-git-sync',
  webhook: 'secret-of-the-webhook-file',
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-masked-'));
  mkdirSync(join(directory, 'app'));
  const jobs = Object.values(SECRETS).map((secret) => `# @name ${secret}\n@manual true\n`);
  const printing = '# @name printing\n@every 1s echo "$DATABASE_URL"\n';
  writeFileSync(join(directory, 'app/crontab.txt'), [...jobs, printing].join(''));
  writeFileSync(join(directory, 'webhook'), `${SECRETS.webhook}\n`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it.each([
  { command: 'up', args: ['up', '--dir', '.', '--no-database'] },
  { command: 'cron', args: ['cron', 'app/crontab.txt', '--state', 'state'] },
])('gitcron $command writes no secret, be it in lines of its own or of jobs', async ({ args }) => {
  await using gitcron = new GitcronProcess(args, {
    cwd: directory,
    env: {
      TZ: 'UTC',
      HTTP_PORT: '0',
      SECRET_ENV: 'TOKEN',
      TOKEN: SECRETS.named,
      DATABASE_URL: `postgres://scripts:${SECRETS.url}@127.0.0.1/app`,
      HTTPS_PROXY: `http://me:${SECRETS.proxy}@127.0.0.1:9`,
      PGPASSWORD: SECRETS.pg,
      GIT_SYNC_PASSWORD: SECRETS.git,
      GIT_SYNC_WEBHOOK_SECRET_FILE: join(directory, 'webhook'),
    },
  });
  await gitcron.sees(/7 jobs are scheduled: added .*\*\*\*/);
  await gitcron.sees(/postgres:\/\/scripts:\*\*\*@127\.0\.0\.1\/app/);
  for (const secret of Object.values(SECRETS)) expect(gitcron.output).not.toContain(secret);
});

it('a password that is replaced while Gitcron runs is masked at once, and the old one still', async () => {
  const password = join(directory, 'password');
  writeFileSync(password, 'the-first-password');
  writeFileSync(join(directory, 'old'), 'the-first-password');
  writeFileSync(
    join(directory, 'app/crontab.txt'),
    `# @name printing\n@every 1s now=$(cat ${password}); echo "$now of \${#now}, $(cat ${directory}/old)"\n`,
  );
  await using gitcron = new GitcronProcess(['up', '--dir', '.', '--no-database'], {
    cwd: directory,
    env: {
      TZ: 'UTC',
      HTTP_PORT: '0',
      SECRET_ENV: 'DATABASE',
      DATABASE: 'postgres://u:pa+ss%2Fwo=rd@h/db',
      GIT_SYNC_PASSWORD_FILE: password,
    },
  });
  await gitcron.sees(/\*\*\* of 18, \*\*\*/);
  writeFileSync(password, 'second password, with a / in it');
  await gitcron.sees(/\*\*\* of 31, \*\*\*/);
  expect(gitcron.output).not.toMatch(/the-first|second/);
});
