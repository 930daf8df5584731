import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../src/local/free-port.ts';
import { GitcronProcess, processesOf } from '../gitcron-process.ts';
import { AS_UNKNOWN_USER, canBeUnknownUser } from '../unknown-user.ts';
import { originAt, type Origin } from '../../../base/test/origin.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

function up(...args: string[]): GitcronProcess {
  return new GitcronProcess(['up', ...args], { cwd: directory, env: { TZ: 'UTC' } });
}

function nothingIsLeft(): Promise<unknown> {
  return until(
    () => processesOf(directory).length === 0,
    () => processesOf(directory).join('\n'),
    15_000,
  );
}

function demo(): Origin {
  return originAt(join(directory, '.gitcron/demo'));
}

describe('gitcron up', () => {
  it('runs the demo with a database, takes up a commit, and leaves nothing behind at Ctrl-C', async () => {
    await using gitcron = up();
    let at = await gitcron.sees(/hello#\w+ \| Hello from hello, release \w+\./);
    expect(statSync(join(directory, '.gitcron')).mode & 0o777).toBe(0o700);
    const crontab = join(directory, '.gitcron/demo/app/crontab.txt');
    appendFileSync(crontab, '\n# @name often\n@every 1s node app/scripts/measure.ts\n');
    await demo().commit({}, 'Measure often');
    at = await gitcron.sees(/New revision \w+ “Measure often” by Ann Lee/, at);
    at = await gitcron.sees(/5 jobs are scheduled: added often/, at);
    await gitcron.sees(/often#\w+ \| Load .* measurements so far/, at);
    expect(gitcron.output.match(/Installing the dependencies/g)).toHaveLength(1);
    const passwords = z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(join(directory, '.gitcron/postgres.json'), 'utf8')));
    const message = `Log in with ${passwords['scripts']} or ${passwords['supervisor']}`;
    await demo().commit({}, message);
    at = await gitcron.sees(/New revision \w+ “Log in with \*\*\* or \*\*\*” by Ann Lee/, at);
    await gitcron.sees(/is current \(new revision\)/, at);
    for (const password of Object.values(passwords)) expect(gitcron.output).not.toContain(password);
    gitcron.interrupt();
    expect(await gitcron.end()).toBe(0);
    await nothingIsLeft();
  }, 120_000);

  it('leaves nothing behind when it is killed, and starts again as if nothing had been', async () => {
    {
      await using gitcron = up();
      await gitcron.sees(/hello#\w+ \|/);
      gitcron.child.kill('SIGKILL');
      expect(await gitcron.end()).toBe('SIGKILL');
      await nothingIsLeft();
    }
    await using again = up();
    await again.sees(/hello#\w+ \|/);
    expect(again.output).not.toContain('Installing');
    const errors = again.output.split('\n').filter((line) => line.includes('ERROR'));
    // Whatever the demo ran at that instant.
    expect(errors.filter((line) => !/\w+#\w+ was lost/.test(line))).toEqual([]);
  }, 120_000);

  it('starts Postgres again when it was killed', async () => {
    await using gitcron = up();
    await gitcron.sees(/4 jobs are scheduled/);
    const crontab = join(directory, '.gitcron/demo/app/crontab.txt');
    appendFileSync(crontab, '\n# @name often\n@every 1s node app/scripts/measure.ts\n');
    await demo().commit({}, 'Measure often');
    let at = await gitcron.sees(/often#\w+ \| Load .* measurements so far/);
    const [postgres] = readFileSync(
      join(directory, '.gitcron/postgres/data/postmaster.pid'),
      'utf8',
    ).split('\n');
    process.kill(Number(postgres), 'SIGKILL');
    at = await gitcron.sees(/Jobs have no database for now.*postgres\.log/s, at);
    at = await gitcron.sees(/Postgres runs again/, at);
    await gitcron.sees(/often#\w+ \| Load .* measurements so far/, at);
    gitcron.interrupt();
    expect(await gitcron.end()).toBe(0);
    await nothingIsLeft();
  }, 180_000);

  it.runIf(canBeUnknownUser)(
    'has a database also for a user whom /etc/passwd does not know',
    async () => {
      chmodSync(directory, 0o777);
      await using gitcron = new GitcronProcess(['up'], {
        cwd: directory,
        env: { TZ: 'UTC', HOME: directory },
        through: AS_UNKNOWN_USER,
      });
      await gitcron.sees(/record *database: applied/);
      gitcron.interrupt();
      expect(await gitcron.end()).toBe(0);
      await nothingIsLeft();
    },
    120_000,
  );

  it('takes webhooks, and tells how its git-sync is', async () => {
    const [webhook, health] = [await freePort(), await freePort()];
    const secret = 'a secret of the test';
    const env = {
      GIT_SYNC_WAIT: '3600',
      GIT_SYNC_HEALTH_SEC: '7200',
      GIT_SYNC_HTTP_PORT: String(health),
      GIT_SYNC_WEBHOOK_PORT: String(webhook),
      GIT_SYNC_WEBHOOK_SECRET: secret,
    };
    await using gitcron = new GitcronProcess(['up', '--no-database'], { cwd: directory, env });
    await gitcron.sees(/4 jobs are scheduled/);
    await demo().commit({}, 'Nobody looks for this');
    const pushed = await fetch(`http://127.0.0.1:${webhook}/webhook`, {
      method: 'POST',
      headers: { 'X-Gitlab-Token': secret },
      body: '{}',
    });
    expect(pushed.status).toBe(202);
    await gitcron.sees(/New revision \w+ “Nobody looks for this”/);
    expect((await fetch(`http://127.0.0.1:${health}/healthz`)).status).toBe(200);
    gitcron.interrupt();
    expect(await gitcron.end()).toBe(0);
    await expect(fetch(`http://127.0.0.1:${health}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('says which port of its git-sync is taken, and leaves nothing behind', async () => {
    const port = await freePort();
    const env = { GIT_SYNC_HTTP_PORT: String(port) };
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    await using gitcron = new GitcronProcess(['up', '--no-database'], { cwd: directory, env });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toMatch(/GITCRON_E_PORT\]\n\s+at: GIT_SYNC_HTTP_PORT/);
    taken.close();
    await nothingIsLeft();
  });

  it('runs a plain directory and follows its changes', async () => {
    const scripts = join(directory, 'my scripts');
    mkdirSync(join(scripts, 'app'), { recursive: true });
    const crontab = join(scripts, 'app/crontab.txt');
    writeFileSync(crontab, '# @name one\n@every 1s echo first\n');
    await using gitcron = up('--dir', scripts, '--no-database');
    const at = await gitcron.sees(/one#\w+ \| first/);
    writeFileSync(crontab, '# @name one\n@every 1s echo second\n');
    await gitcron.sees(/one#\w+ \| second/, at);
    expect(gitcron.output).not.toContain('Installing');
    await using sync = new GitcronProcess(['sync'], { cwd: directory });
    expect(await sync.end()).toBe(69);
    expect(sync.output).toMatch(
      /no repository.*\[GITCRON_E_NO_REPOSITORY\]\n.*is taken up by itself/,
    );
  });

  it('refuses to start twice in one place, and the first goes on', async () => {
    const scripts = join(directory, 'scripts');
    mkdirSync(join(scripts, 'app'), { recursive: true });
    writeFileSync(join(scripts, 'app/crontab.txt'), '# @name tick\n@every 1s echo tick\n');
    const args = ['--dir', scripts, '--no-database'];
    await using first = up(...args);
    await first.sees(/tick#\w+ \|/);
    await using second = up(...args);
    expect(await second.end()).toBe(69);
    expect(second.output).toContain('GITCRON_E_ALREADY_RUNNING');
    await first.sees(/tick#\w+ \|/, first.output.length);
  });

  it('tells every wrong setting of all its parts at once, before it starts any', async () => {
    const wrong = {
      LOG_LEVEL: 'loud',
      JOB_CONCURRENCY: 'abc',
      GITCRON_FOO: '1',
      GIT_SYNC_WAIT: 'q',
      GIT_SYNC_BRACNH: 'x',
      SECRET_ENV: 'NO_SUCH_TOKEN',
    };
    await using gitcron = new GitcronProcess(['up'], { cwd: directory, env: wrong });
    expect(await gitcron.end()).toBe(78);
    expect(gitcron.output).toMatch(/^6 settings are wrong: \[GITCRON_E_SETTINGS\]/);
    for (const name of Object.keys(wrong)) expect(gitcron.output).toContain(`  ${name}: `);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says what is wrong with a directory that is not there, before it starts anything', async () => {
    await using gitcron = up('--dir', join(directory, 'nowhere'));
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_NO_DIRECTORY');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says that a file is no directory of scripts', async () => {
    const file = join(directory, 'crontab.txt');
    writeFileSync(file, '@every 1s true\n');
    await using gitcron = up('--dir', file, '--no-database');
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_NO_DIRECTORY');
  });

  it.each([
    ['--branch', 'main'],
    ['--branch', 'main', '--dir', '.'],
  ])('takes no branch without a repository: %s %s %s', async (...args) => {
    await using gitcron = up('--no-database', ...args);
    expect(await gitcron.end()).toBe(64);
    expect(gitcron.output).toContain('--repo');
  });
});
