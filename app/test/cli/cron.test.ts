import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { AS_UNKNOWN_USER, canBeUnknownUser } from '../unknown-user.ts';

let directory: string;
let crontab: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-cron-'));
  crontab = join(directory, 'crontab.txt');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function cron(
  env: NodeJS.ProcessEnv,
  options: { args?: string[]; through?: readonly string[] } = {},
) {
  const { args = ['--state', join(directory, 'state')], through = [] } = options;
  return new GitcronProcess(['cron', crontab, ...args], {
    cwd: directory,
    env: { TZ: 'UTC', ...env },
    through,
  });
}

describe('gitcron cron leaves the environment to the jobs', () => {
  it.each([
    // What Kubernetes says of a service named "http".
    { HTTP_PORT: 'tcp://10.0.0.1:80', LOG_LEVEL: 'INFO', LOG_FORMAT: 'logfmt' },
    { HTTP_PORT: '3000', LOG_LEVEL: 'warn', ADMIN_PASSWORD: 'short', STATE_DIR: 'ours' },
    { LOG_LEVEL: 'info', GITCRON_SOMETHING: 'x', INSTALL_USER: 'nobody-there' },
  ])('%o', async (env) => {
    writeFileSync(crontab, '# @name one\n@every 1s env\n');
    await using gitcron = cron(env);
    await gitcron.sees(/one#\w+ \| GITCRON_RUN_ID=/);
    for (const [name, value] of Object.entries(env).filter(([key]) => !key.startsWith('GITCRON_')))
      await gitcron.sees(new RegExp(`one#\\w+ \\| ${name}=${value}\n`));
    expect(gitcron.output).not.toContain('GITCRON_SOMETHING');
  });

  it('but for the few settings that are its own', async () => {
    writeFileSync(crontab, '@every 1s true\n');
    await using gitcron = cron({ JOB_CONCURRENCY: 'many', TZ: 'Mars/Olympus' });
    expect(await gitcron.end()).toBe(78);
    expect(gitcron.output).toContain('2 settings are wrong');
  });

  it('and takes how much to log from its command line', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo "level $LOG_LEVEL"\n');
    const args = ['--state', join(directory, 'state'), '--log-level', 'error'];
    await using gitcron = cron({ LOG_LEVEL: 'debug' }, { args });
    await gitcron.sees(/one#\w+ \| level debug/);
    expect(gitcron.output).not.toContain('is scheduled');
  });
});

it('gitcron cron runs more jobs at once than a supervisor would', async () => {
  const numbers = Array.from({ length: 60 }, (_, number) => number);
  writeFileSync(
    crontab,
    numbers.map((n) => `# @name n${n}\n@every 1s echo up; exec sleep 600\n`).join(''),
  );
  await using gitcron = cron({ SHUTDOWN_GRACE: '0' });
  for (const n of numbers) await gitcron.sees(new RegExp(`n${n}#\\w+ \\| up`));
  expect(gitcron.hasEnded).toBe(false);
});

const state = () => ['--state', join(directory, 'state')];

describe("supercronic's flags", () => {
  it('-passthrough-logs, and those that change nothing', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo "as it is"\n');
    const flags = ['-passthrough-logs', '-inotify', '-no-reap=true', '-split-logs', '-quiet'];
    await using gitcron = cron({}, { args: [...flags, ...state()] });
    await gitcron.sees(/^as it is\n/m);
    expect(gitcron.output).not.toContain('|');
    expect(gitcron.output).not.toContain('started');
  });

  it('-json and -debug', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo here\n');
    await using gitcron = cron({}, { args: ['-json', '-debug', ...state()] });
    await gitcron.sees(/"job":"one".*here/);
    expect(gitcron.output).toMatch(/^\{"level":\d+,/);
  });

  it('-overlapping: a job that goes on for long runs beside itself', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo begin; exec sleep 600\n');
    await using gitcron = cron({ SHUTDOWN_GRACE: '0' }, { args: ['-overlapping', ...state()] });
    await gitcron.sees(/(begin[^]*){3}/);
    expect(gitcron.output).not.toContain('skipped');
  });

  it('-test only reads', async () => {
    writeFileSync(crontab, 'MAILTO=me@example.com\n@every 1s echo here\n');
    await using right = cron({}, { args: ['-test'] });
    expect(await right.end()).toBe(0);
    expect(right.output).toContain('is right: 1 job.');
    expect(right.output).toContain('GITCRON_W_CRON_VARIABLE');
    writeFileSync(crontab, '61 25 * * * echo here\n');
    await using wrong = cron({}, { args: ['--test'] });
    expect(await wrong.end()).toBe(65);
    expect(wrong.output).toContain('25 is not an hour.');
  });

  it.each([
    [['-prometheus-listen-address', '0.0.0.0:9746'], 'serves no metrics'],
    [['-prometheus-listen-address=0.0.0.0'], 'serves no metrics'],
    [['-sentry-dsn', 'https://x@sentry.example.com/1'], 'sends nothing to Sentry'],
    [['-jsn'], "unknown option '-jsn'"],
  ])('%j is refused', async (args, told) => {
    writeFileSync(crontab, '@every 1s echo here\n');
    await using gitcron = cron({}, { args });
    expect(await gitcron.end()).toBe(64);
    expect(gitcron.output).toContain(told);
  });
});

describe('the state of gitcron cron', () => {
  /** Permissions are for root, too, once it has given up the right to ignore them. */
  const through =
    process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];

  it('is kept for the time being where its directory cannot be written', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo here\n');
    const env = { XDG_STATE_HOME: join(directory, 'home'), TMPDIR: join(directory, 'tmp') };
    mkdirSync(env.TMPDIR);
    {
      await using first = cron(env, { args: [] });
      await first.sees(/one#\w+ \| here/);
    }
    const [name = ''] = readdirSync(join(env.XDG_STATE_HOME, 'gitcron'));
    chmodSync(join(env.XDG_STATE_HOME, 'gitcron', name), 0o500);
    await using again = cron(env, { args: [], through });
    await again.sees(/one#\w+ \| here/);
    expect(readdirSync(env.TMPDIR)).toContainEqual(expect.stringMatching(/^gitcron-/));
    again.child.kill('SIGTERM');
    expect(await again.end()).toBe(0);
    expect(readdirSync(env.TMPDIR).filter((entry) => entry.startsWith('gitcron-'))).toEqual([]);
  });

  it.runIf(canBeUnknownUser)('is kept for the time being for a user without a home', async () => {
    writeFileSync(crontab, '# @name one\n@every 1s echo here\n');
    const env = { HOME: undefined, XDG_STATE_HOME: undefined, TMPDIR: directory };
    chmodSync(directory, 0o777);
    await using gitcron = cron(env, { args: [], through: AS_UNKNOWN_USER });
    await gitcron.sees(/one#\w+ \| here/);
    expect(readdirSync(directory)).toContainEqual(expect.stringMatching(/^gitcron-/));
  });

  it('has to be where --state says', async () => {
    writeFileSync(crontab, '@every 1s true\n');
    mkdirSync(join(directory, 'state'), { mode: 0o500 });
    await using gitcron = cron({}, { through });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_STATE_DIRECTORY');
    expect(gitcron.output).toContain('--state');
  });

  it('says of a wrong crontab nothing about pushing', async () => {
    writeFileSync(crontab, '61 * * * * true\n');
    await using gitcron = cron({});
    expect(await gitcron.end()).toBe(65);
    expect(gitcron.output).toContain(`gitcron check ${crontab}`);
    expect(gitcron.output).not.toContain('push');
    // The list of mistakes is set apart from what is said of all of them.
    expect(gitcron.output).toMatch(
      /\n {4}\S+:1:1: 61 .*\n {6}expected: .*\n {6}hint: .*\n {2}at: /,
    );
  });
});
