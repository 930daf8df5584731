import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { releaseView } from '../../src/api/release.ts';
import { runSummaryView, runView, type RunView } from '../../src/api/run.ts';
import { shortRevision } from '../../src/sync/revision.ts';
import { openHouse, type House } from '../http/house.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { until } from '../../../base/test/until.ts';

// Each command is a process that takes half a second of CPU, and a test has a dozen of them.
vi.setConfig({ testTimeout: 90_000 });

const LAUNCHER = join(import.meta.dirname, '../../bin/gitcron.js');

const CRONTAB = `
# Says hello.
# @name hello
@manual echo "hello $GITCRON_PARAMS"
# @name fails
@manual echo so long >&2; exit 3
# @name tries
# @retries 1
# @retry-delay 1s
@manual echo so long >&2; exit 3
# @name rows
@manual printf '42 rows\\nin a second\\033[0m' > $GITCRON_RESULT_FILE
# @name rude
@manual printf '\\033[31mred\\033[0m \\033]0;title\\007 \\a50%%\\r100%%\\n\\377'
# @name sleeper
@manual echo begun; sleep 60
# @name patient
# @overlap queue
@manual sleep 60
# @name mail
# @title Mails it
@after-failed report echo mail
# @name report
# @param month
@manual printf %s "$GITCRON_PARAMS" > $GITCRON_RESULT_FILE
# @name followed
@manual true
# @name follower
@after followed true

# @section At night
# @name nightly
# @title The night's work
# @tz Europe/Amsterdam
0 2 * * * true
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

/** A command as a user types it on the machine of the supervisor. */
function gitcron(...args: string[]) {
  return command(args, {
    STATE_DIR: house.stateDirectory,
    SOURCE_DIR: join(house.directory, 'source'),
  });
}

function command(args: readonly string[], env: Record<string, string>) {
  return execa(process.execPath, [LAUNCHER, ...args], {
    env: { TZ: 'UTC', PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    extendEnv: false,
    cwd: house.directory,
    reject: false,
    stripFinalNewline: false,
  });
}

async function jsonOf(...args: string[]): Promise<unknown> {
  return JSON.parse((await gitcron(...args, '--json')).stdout);
}

async function runOf(args: readonly string[]): Promise<RunView> {
  return runView.parse(await jsonOf(...args));
}

describe('gitcron run', () => {
  it('tells which parameters are missing, and which there are not', async () => {
    expect(await gitcron('run', 'report', '--param', 'moth=1')).toMatchObject({
      exitCode: 65,
      stderr: expect.stringMatching(/month must be given.*takes no moth.*GITCRON_E_PARAM_NAMES/s),
    });
    const run = await runOf(['run', 'report', '--param', 'month=2026-10', '--wait']);
    expect(run).toMatchObject({ succeeded: true, result: '{"month":"2026-10"}' });
  });

  it('--alone starts nothing that follows', async () => {
    const started = ['run', 'followed', '--wait'];
    const [alone, followed] = [await runOf([...started, '--alone']), await runOf(started)];
    const follower = async () => (await gitcron('show', 'follower', '--json')).stdout;
    await until(async () => (await follower()).includes(followed.id), 'the run that follows');
    const runs = await jsonOf('runs', 'follower');
    expect(runs).toMatchObject({ items: [{ trigger: 'after' }] });
    expect(await follower()).not.toContain(alone.id);
    const shown = (await gitcron('show', 'follower')).stdout;
    expect(shown).toContain(`after, following run #${followed.id.slice(-8)}`);
    const { stdout: jobs } = await gitcron('jobs');
    expect(jobs).toMatch(/follower +after followed +- /);
    expect(jobs).toMatch(/mail +after report failed +- .*Mails it/);
  });

  it('tells by its exit status how it went', async () => {
    const good = await gitcron('run', 'hello', '--wait');
    expect(good).toMatchObject({ exitCode: 0, stdout: '' });
    expect(good.stderr).toMatch(/hello#\w{8} is on its way\.\nhello#\w{8}: succeeded after/);
    expect((await gitcron('run', 'fails', '--wait')).exitCode).toBe(1);
    expect(await gitcron('run', 'nothing')).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining('GITCRON_E_NO_JOB'),
    });
    expect((await gitcron('run', 'hello', '--param', 'no-value')).exitCode).toBe(64);
  });

  it('shows the output as it comes, stdout and stderr apart', async () => {
    const hello = await gitcron('run', 'hello', '--param', 'a=1', '--param', 'b=x=y', '-f');
    expect(hello.stdout).toBe('hello {"a":"1","b":"x=y"}\n');
    expect((await gitcron('run', 'hello', '-f')).stdout).toBe('hello \n');
    const fails = await gitcron('run', 'fails', '--follow');
    expect(fails).toMatchObject({ exitCode: 1, stdout: '' });
    expect(fails.stderr).toContain('so long\n');
  });

  it('waits over a restart of the supervisor', async () => {
    const running = gitcron('run', 'sleeper', '--follow', '--json');
    await until(async () => (await gitcron('jobs')).stdout.includes('running'), 'the run');
    await house.restart();
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(1);
    expect(stdout.startsWith('begun\n')).toBe(true);
    expect(JSON.parse(stdout.slice('begun\n'.length))).toMatchObject({ status: 'canceled' });
  });
});

describe('gitcron logs', () => {
  it('lets no script change the terminal, unless asked to', async () => {
    await gitcron('run', 'rude', '--wait');
    expect((await gitcron('logs', 'rude')).stdout).toBe(
      'red \\x1b]0;title\\x07 \\x0750%\n100%\n\ufffd',
    );
    const raw = await execa(process.execPath, [LAUNCHER, 'logs', 'rude', '--raw'], {
      env: { STATE_DIR: house.stateDirectory },
      encoding: 'buffer',
    });
    expect(Buffer.from(raw.stdout).toString('latin1')).toBe(
      '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u000750%\r100%\n\u00ff',
    );
  });

  it('finds a run by its job, by its id, and by the digits that the log shows', async () => {
    const run = await runOf(['run', 'hello', '--param', 'n=7', '--wait']);
    for (const which of ['hello', run.id, run.id.slice(-8)]) {
      expect((await gitcron('logs', which)).stdout).toBe('hello {"n":"7"}\n');
    }
    expect(JSON.parse((await gitcron('logs', 'hello', '--json')).stdout)).toMatchObject({
      stream: 'stdout',
      text: 'hello {"n":"7"}\n',
    });
    const fails = await runOf(['run', 'fails', '--wait']);
    expect((await gitcron('logs', fails.id, '--stream', 'stdout')).stdout).toBe('');
    expect(await gitcron('logs', 'nightly')).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining('There is no run of nightly yet'),
    });
    expect(await gitcron('logs', 'knightly')).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining('There is no such job'),
    });
  });
});

it('gitcron show tells all of a run, and its list the line that says most', async () => {
  const failed = await runOf(['run', 'tries', '--param', 'month=10', '--wait']);
  const shown = (await gitcron('show', 'tries')).stdout;
  expect(shown).toMatch(
    new RegExp(
      [
        `^Run {9}tries#${failed.id.slice(-8)} \\(${failed.id}\\) on \\S+`,
        'Status {6}failed\\. Exit code 3\\.',
        'Started by  command line \\(manual\\)',
        'Queued {6}20.* UTC',
        'Started {5}20.* UTC',
        'Ended {7}20.* UTC, after \\d.*s',
        'Release {5}dir-\\w+.*',
        'Command {5}echo so long >&2; exit 3',
        'Parameters  {"month":"10"}',
        `Output {6}16 B: gitcron logs ${failed.id.slice(-8)}`,
        'Attempt 1 {3}20.*: failed after .*s\\. Exit code 3\\.',
        'Attempt 2 {3}20.*: failed after .*s\\. Exit code 3\\.',
        '',
        'Error:',
        '  so long',
        '',
        'Why:',
        '  No run of tries before it succeeded, as far as is remembered: there is nothing to compare it with\\.\n$',
      ].join('\n'),
    ),
  );
  expect((await gitcron('runs', 'tries')).stdout).toContain('Exit code 3. so long\n');
  expect(await jsonOf('show', failed.id.slice(-8))).toMatchObject({
    ...failed,
    why: { id: failed.id, lastSuccess: null, failures: { inARow: 1 } },
  });
  await gitcron('acknowledge', 'tries');

  await gitcron('run', 'rows', '--wait');
  expect((await gitcron('show', 'rows')).stdout).toMatch(
    /\nResult:\n  42 rows\n  in a second.*\n$/,
  );
  expect((await gitcron('show', 'rows')).stdout).not.toContain('\x1b');
  expect((await gitcron('runs', 'rows')).stdout).toMatch(/ 42 rows\n$/);
  expect(await gitcron('show', 'nothing')).toMatchObject({ exitCode: 66 });
});

it('gitcron runs narrows and pages', async () => {
  await gitcron('run', 'hello', '--wait');
  await gitcron('run', 'fails', '--wait');
  const table = (await gitcron('runs', 'fails', '--status', 'failed', '--since', '1h')).stdout;
  expect(table).toMatch(
    /^RUN +JOB +STATUS +QUEUED \(UTC\) +TOOK +TRIGGER +RELEASE +HOW IT ENDED\n/,
  );
  expect(table).toMatch(/fails +failed +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .* Exit code 3\./);
  const page = z.object({ items: z.array(runSummaryView), next: z.string().nullable() });
  const first = page.parse(JSON.parse((await gitcron('runs', '--limit', '1', '--json')).stdout));
  const rest = await gitcron('runs', '--json', '--before', first.next ?? '');
  expect(page.parse(JSON.parse(rest.stdout)).items).not.toContainEqual(first.items[0]);
  expect((await gitcron('runs', '--since', '2026-01-01', '--until', '2026-01-02')).stdout).toBe(
    'No run was found.\n',
  );
});

it.each(['yesterday-ish', '5', 'foo 1', '2026-02-30T00:00:00Z', '2026-13-01'])(
  'gitcron runs takes no %j for a date',
  async (when) => {
    expect((await gitcron('runs', '--since', when)).exitCode).toBe(64);
  },
);

it.each([
  [['runs', 'knightly'], 66, 'There is no such job'],
  [['runs', 'knightly', '--json'], 66, 'There is no such job'],
  [['logs', 'deadbeef'], 66, 'There is no such job'],
  [['cancel', 'deadbeef'], 66, 'There is no such run'],
  [['rollback', 'nonsense'], 66, 'No single release is "nonsense"'],
  [['check', 'nonexistent'], 66, 'Cannot read nonexistent.'],
  [['cron', 'nonexistent'], 66, 'The crontab cannot be read.'],
  [['run'], 64, '(see gitcron run --help)'],
  [['token', 'revoke'], 64, '(see gitcron token revoke --help)'],
  [['cancel', 'hello'], 66, 'No run of hello is going on or waits for its turn.'],
  [['retry', '16EB7474'], 64, "Give a run's id, or its last eight digits"],
  [['runs', '--status', 'failed,bad'], 64, 'Write some of queued, running, succeeded'],
  [['runs', '--trigger', 'cron'], 64, 'Write some of schedule, manual'],
  [['runs', '--release', 'ab'], 65, "The request is wrong: release: expected a commit's hash"],
  [['runs', '--text', 'ab'], 65, 'The request is wrong: text: expected at least 3 letters'],
] as const)('gitcron %j ends with %i and says why', async (args, exitCode, why) => {
  expect(await gitcron(...args)).toMatchObject({
    exitCode,
    stderr: expect.stringContaining(why),
  });
});

it('gitcron cancel and retry', async () => {
  const { id } = await runOf(['run', 'sleeper']);
  expect((await gitcron('retry', id)).exitCode).toBe(75);
  const canceled = await gitcron('cancel', id.slice(-8), '--wait');
  expect(canceled.stdout).toMatch(/sleeper#\w{8}: canceled after .* Canceled by command line/);
  expect((await gitcron('cancel', id)).exitCode).toBe(75);
  const first = await runOf(['run', 'hello', '--param', 'k=v', '--wait']);
  expect((await gitcron('retry', first.id, '--follow')).stdout).toBe('hello {"k":"v"}\n');
});

it('gitcron cancel JOB ends all of its runs, also those that wait', async () => {
  const runs = [];
  for (let count = 0; count < 3; count += 1) runs.push(await runOf(['run', 'patient']));
  const canceled = await gitcron('cancel', 'patient', '--wait');
  for (const { id } of runs) {
    expect(canceled.stdout).toContain(`patient#${id.slice(-8)} is told to end.`);
    expect(canceled.stdout).toMatch(new RegExp(`patient#${id.slice(-8)}: canceled`));
  }
  const again = await gitcron('cancel', 'patient');
  expect([again.exitCode, again.stderr]).toEqual([
    66,
    expect.stringContaining('No run of patient is going on or waits for its turn.'),
  ]);
  expect((await gitcron('cancel', 'nobody')).stderr).toContain('There is no such job.');
  expect((await gitcron('cancel', '00000000')).stderr).toContain('GITCRON_E_NO_RUN');
});

it('gitcron run --follow says that nothing is kept where there is no database', async () => {
  await using bare = await openHouse({ crontab: '# @name hello\n@manual echo hello\n' });
  const env = { STATE_DIR: bare.stateDirectory, SOURCE_DIR: join(bare.directory, 'source') };
  for (const args of [
    ['run', 'hello', '--follow'],
    ['logs', 'hello', '--follow'],
  ]) {
    const { stderr } = await command(args, env);
    expect(stderr).toContain('There is no database, so what runs write is not kept');
  }
  expect((await command(['run', 'hello', '--wait'], env)).stderr).not.toContain('database');
});

it('numbers in parameters keep their digits: script, API, journal, database, command line', async () => {
  const params = '{"id":12345678901234567890,"amount":1.0,"factor":1e3,"list":[0.10,-0]}';
  const answer = await house.control('/api/v1/jobs/hello/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"params":${params}}`,
  });
  const { id } = z.object({ id: z.string() }).parse(await answer.json());
  expect((await gitcron('logs', id, '--follow')).stdout).toBe(`hello ${params}\n`);
  // From memory, then from the database.
  for (const restarts of [false, true]) {
    if (restarts) await house.restart();
    const shown = await house.control(`/api/v1/runs/${id}`);
    expect(await shown.text()).toContain(`"params":${params}`);
  }
  const again = await gitcron('retry', id, '--wait', '--json');
  expect(again.stdout.replaceAll(/\s/g, '')).toContain(`"params":${params}`);
  expect((await gitcron('logs', 'hello')).stdout).toBe(`hello ${params}\n`);
});

it('gitcron disable, enable, jobs and status', async () => {
  expect((await gitcron('disable', 'nightly')).stdout).toBe(
    'nightly is disabled: only started by hand.\n',
  );
  expect((await gitcron('jobs')).stdout).toMatch(
    /nightly +0 2 \* \* \* Europe\/Amsterdam +disabled/,
  );
  expect((await gitcron('jobs')).stdout).toMatch(/\n\nAt night\nnightly .* The night's work\n$/);
  expect(await jsonOf('jobs')).toContainEqual(
    expect.objectContaining({ slug: 'nightly', title: "The night's work", section: 'At night' }),
  );
  expect(await jsonOf('jobs')).toContainEqual(
    expect.objectContaining({ slug: 'hello', title: 'hello', section: null }),
  );
  await gitcron('run', 'fails', '--wait');
  expect(await gitcron('status')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/\nFailing +the last run of fails DID NOT SUCCEED/),
  });
  // Somebody knows of it now.
  await gitcron('disable', 'fails');
  const status = await gitcron('status');
  await gitcron('enable', 'fails', '--reset');
  expect(status.exitCode).toBe(0);
  expect(status.stdout).toMatch(/Schedule +12 jobs, 2 of them disabled; on time\n/);
  expect(status.stdout).toMatch(/since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/);
  expect((await gitcron('jobs')).stdout).toContain('NEXT (UTC)');
  expect(status.stdout).toMatch(/History +written to the database/);
  const shown = JSON.parse((await gitcron('disable', 'nightly', '--json')).stdout);
  expect(shown).toMatchObject({ slug: 'nightly', enabled: false });
  expect((await gitcron('enable', 'nightly', '--reset')).stdout).toMatch(
    /nightly is enabled, next at \d{4}-\d\d-\d\d 0[01]:00:00 UTC\.\n/,
  );
});

it('gitcron token makes what works from elsewhere, with its scopes and until it is revoked', async () => {
  const made = await gitcron('token', 'create', 'partner', '--scope', 'read', '--expires', '90d');
  const secret = made.stdout.trim();
  expect(secret).toMatch(/^gitcron_[\w-]{43}$/);
  expect((await gitcron('token', 'list')).stdout).not.toContain(secret);
  const elsewhere = (...args: string[]) =>
    command(args, { GITCRON_URL: house.url, GITCRON_TOKEN: secret, STATE_DIR: '/nonexistent' });

  expect((await elsewhere('jobs')).stdout).toContain('Says hello.');
  expect((await elsewhere('releases')).stdout).toContain('current');
  expect(await elsewhere('run', 'hello')).toMatchObject({
    exitCode: 77,
    stderr: expect.stringContaining('It needs the scope trigger:hello, operate or admin.'),
  });
  expect((await elsewhere('rollback')).exitCode).toBe(77);
  const broken = await command(['jobs'], {
    GITCRON_URL: house.url,
    GITCRON_TOKEN: `${secret}\r\n`,
  });
  expect(broken).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('GITCRON_TOKEN') });
  expect(broken.stderr).not.toContain(secret);
  await gitcron('token', 'revoke', 'partner');
  expect((await elsewhere('jobs')).exitCode).toBe(77);
  expect((await gitcron('token', 'revoke', 'partner')).exitCode).toBe(66);
  expect(await gitcron('token', 'create', 'x', '--scope', 'everything')).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining(
      'Write read, operate, admin, or trigger: and the name of a job.',
    ),
  });
  const early = await gitcron('token', 'create', 'early', '--scope', 'trigger:to-come');
  expect(early).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('There is no job to-come at present'),
  });
  const nameless = await command(['jobs'], { GITCRON_URL: house.url });
  expect(nameless).toMatchObject({
    exitCode: 77,
    stderr: expect.stringContaining('hint: Set GITCRON_TOKEN'),
  });
});

it('gitcron token create --json is for programs', async () => {
  const made = await gitcron('token', 'create', 'robot', '--scope', 'trigger:hello', '--json');
  expect(JSON.parse(made.stdout)).toMatchObject({
    name: 'robot',
    scopes: ['trigger:hello'],
    secret: expect.stringMatching(/^gitcron_[\w-]{43}$/),
  });
});

it('gitcron sync says what to set where git-sync cannot be reached', async () => {
  expect(await gitcron('sync')).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('SYNC_WEBHOOK_URL'),
  });
});

it('gitcron cleanup runs --dry-run deletes nothing', async () => {
  const { stdout } = await gitcron('cleanup', 'runs', '--dry-run', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, runsByAge: 0 });
  expect((await gitcron('cleanup', 'runs', '--dry-run')).stdout).toMatch(
    /^Would be deleted:\n {2}0 runs older than KEEP_RUNS_DAYS\n/,
  );
});

it('says where it looked when there is no supervisor', async () => {
  const { exitCode, stderr } = await command(['status'], { STATE_DIR: '/nonexistent' });
  expect(exitCode).toBe(69);
  expect(stderr).toContain('GITCRON_E_NO_SUPERVISOR');
  expect(stderr).toContain('at: /nonexistent/control.sock');
});

/** What a shell is offered at TAB. */
async function complete(...words: string[]): Promise<(string | undefined)[]> {
  const { stdout } = await gitcron('complete', '--', ...words);
  return stdout.split('\n').map((line) => line.split('\t')[0]);
}

describe('completion', () => {
  it('knows commands, options and the jobs of the supervisor', async () => {
    expect(await complete('r')).toEqual(expect.arrayContaining(['run', 'runs', 'retry']));
    expect(await complete('run', 'he')).toContain('hello');
    expect(await complete('runs', '--st')).toContain('--status');
    expect(await complete('runs', '--status', 'f')).toContain('failed');
    const releases = z.array(releaseView).parse(await jsonOf('releases'));
    const revisions = releases.map(({ revision }) => shortRevision(revision));
    expect(revisions).not.toEqual([]);
    expect(await complete('rollback', '')).toEqual(expect.arrayContaining(revisions));
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { exitCode, stdout } = await gitcron('completion', shell);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('gitcron');
  });

  it('works in a bash without the package bash-completion, sourced twice', async () => {
    const script = `
      gitcron() { ${process.execPath} ${LAUNCHER} "$@"; }
      source <(gitcron completion bash)
      source <(gitcron completion bash)
      COMP_WORDS=(gitcron run he) COMP_CWORD=2
      # It is called by a test and not by TAB.
      compopt() { :; }
      __gitcron_complete
      echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await execa('bash', ['--norc', '-c', script], {
      env: { STATE_DIR: house.stateDirectory, SOURCE_DIR: join(house.directory, 'source') },
    });
    expect([stdout, stderr]).toEqual(['hello', '']);
  });
});
