import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';

let directory: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-rollback-'));
  env = { SOURCE_DIR: join(directory, 'source'), STATE_DIR: join(directory, 'state'), TZ: 'UTC' };
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What git-sync does: a complete tree, a description beside it, a link swapped by rename. */
function publish(digit: string, crontab: string): string {
  const sha = digit.repeat(40);
  const revisions = join(directory, 'source/revisions');
  mkdirSync(join(revisions, sha, 'app'), { recursive: true });
  writeFileSync(join(revisions, sha, 'app/crontab.txt'), crontab);
  writeFileSync(
    join(revisions, `${sha}.json`),
    JSON.stringify({
      hash: sha,
      subject: `Commit ${digit}`,
      author: 'Ada',
      committedAt: '2026-01-01T00:00:00Z',
    }),
  );
  symlinkSync(`revisions/${sha}`, join(directory, 'source/.next'));
  renameSync(join(directory, 'source/.next'), join(directory, 'source/current'));
  return sha;
}

function gitcron(...args: string[]): GitcronProcess {
  return new GitcronProcess(args, { cwd: directory, env });
}

async function run(...args: string[]): Promise<{ status: unknown; output: string }> {
  await using command = gitcron(...args);
  return { status: await command.end(), output: command.output };
}

function pin(): unknown {
  return JSON.parse(readFileSync(join(directory, 'state/pin.json'), 'utf8'));
}

it('goes back to an earlier release, stays there over a restart, and forward with the next commit', async () => {
  publish('a', '# @name one\n@every 1s echo from a\n');
  {
    await using supervisor = gitcron('supervise');
    await supervisor.sees(/one#\w+ \| from a/);
    publish('b', '# @name one\n@every 1s echo from b\n');
    let at = await supervisor.sees(/one#\w+ \| from b/);

    expect(await run('rollback', 'f')).toMatchObject({
      status: 66,
      output: expect.stringContaining('GITCRON_E_NO_RELEASE'),
    });
    expect(await run('rollback')).toEqual({
      status: 0,
      output: expect.stringMatching(/^a+ “Commit a” is current, and pinned/),
    });
    at = await supervisor.sees(/one#\w+ \| from a/, at);
    const { output } = await run('releases', '--json');
    expect(JSON.parse(output)).toMatchObject([
      { revision: 'a'.repeat(40), author: 'Ada', current: true, pinned: true },
      { revision: 'b'.repeat(40), subject: 'Commit b', current: false, pinned: false },
    ]);
    const table = await run('releases');
    expect(table.output).toMatch(/current, pinned +a+ .* Ada +Commit a/);
  }
  await using restarted = gitcron('supervise');
  const at = await restarted.sees(/one#\w+ \| from a/);
  expect(restarted.output).not.toContain('from b');
  publish('c', '# @name one\n@every 1s echo from c\n');
  await restarted.sees(/one#\w+ \| from c/, at);
});

it('goes back one release further each time, and never forward', async () => {
  publish('a', '# @name one\n@every 1s echo from a\n');
  await using supervisor = gitcron('supervise');
  let at = await supervisor.sees(/one#\w+ \| from a/);
  for (const digit of ['b', 'c']) {
    publish(digit, `# @name one\n@every 1s echo from ${digit}\n`);
    at = await supervisor.sees(new RegExp(`one#\\w+ \\| from ${digit}`), at);
  }
  const back = async (digit: string) => {
    const { status, output } = await run('rollback');
    expect({ status, output }).toMatchObject({
      status: 0,
      output: expect.stringMatching(new RegExp(`^${digit}+ `)),
    });
  };
  await back('b');
  await back('a');
  expect(await run('rollback')).toMatchObject({
    status: 66,
    output: expect.stringContaining('There is no earlier release'),
  });
  // By its hash it may go forward; the order stays that of the source.
  expect((await run('rollback', 'cc')).status).toBe(0);
  await back('b');
});

it('needs no more than STATE_DIR: whoever is at work knows what it follows', async () => {
  const [a, b] = [publish('a', '# @name one\n@every 1s echo from a\n'), 'b'.repeat(40)];
  const { STATE_DIR } = env;
  {
    await using supervisor = gitcron('supervise');
    await supervisor.sees(/one#\w+ \| from a/);
    publish('b', '# @name one\n@every 1s echo from b\n');
    const at = await supervisor.sees(/one#\w+ \| from b/);
    await using command = new GitcronProcess(['rollback'], { cwd: '/', env: { STATE_DIR } });
    expect(await command.end()).toBe(0);
    await supervisor.sees(/one#\w+ \| from a/, at);
  }
  expect(pin()).toEqual({ version: 1, release: a, until: b });
  // Down, it left behind what it followed.
  await using offline = new GitcronProcess(['rollback', 'bb'], { cwd: '/', env: { STATE_DIR } });
  expect(await offline.end()).toBe(0);
  expect(offline.output).toMatch(/^b+ “Commit b” is pinned; the supervisor takes it up/);
  expect(pin()).toEqual({ version: 1, release: b, until: b });
});

it('guesses no release where the description of the current one is damaged', async () => {
  const a = publish('a', '# @name one\n@every 1s echo from a\n');
  {
    await using supervisor = gitcron('supervise');
    await supervisor.sees(/one#\w+ \| from a/);
    publish('b', '# @name one\n@every 1s echo from b\n');
    const at = await supervisor.sees(/one#\w+ \| from b/);
    expect((await run('rollback')).status).toBe(0);
    await supervisor.sees(/one#\w+ \| from a/, at);
  }
  const before = pin();
  writeFileSync(join(directory, `state/releases/${a}.json`), '{');
  expect(await run('rollback')).toEqual({
    status: 66,
    output: expect.stringContaining('The description of the current release, aaaaaaa, is lost'),
  });
  expect(pin()).toEqual(before);
});

it('pins nothing, and leaves an older pin, where it is not known what the supervisor follows', async () => {
  const a = publish('a', '# @name one\n@every 1s echo from a\n');
  {
    await using supervisor = gitcron('supervise');
    await supervisor.sees(/one#\w+ \| from a/);
    expect((await run('rollback', 'aa')).status).toBe(0);
  }
  const before = pin();
  expect(before).toEqual({ version: 1, release: a, until: a });
  const refused = async (change: NodeJS.ProcessEnv) => {
    const settings = { STATE_DIR: env['STATE_DIR'], ...change };
    await using command = new GitcronProcess(['rollback', 'aa'], { cwd: '/', env: settings });
    expect(await command.end()).toBe(69);
    expect(command.output).toContain('GITCRON_E_SOURCE_UNKNOWN');
    expect(command.output).toContain('Nothing is pinned');
    expect(pin()).toEqual(before);
  };
  await refused({ SOURCE_DIR: join(directory, 'elsewhere') });
  rmSync(join(directory, 'state/followed-source.json'));
  await refused({});
  renameSync(join(directory, 'source'), join(directory, 'moved'));
  await refused({ SOURCE_DIR: join(directory, 'source') });
});

it('tells of a commit that is rejected, and that the rollback before it goes on', async () => {
  publish('a', '# @name one\n@every 1s echo from a\n');
  await using supervisor = gitcron('supervise');
  await supervisor.sees(/one#\w+ \| from a/);
  publish('b', '# @name one\n@every 1s echo from b\n');
  let at = await supervisor.sees(/one#\w+ \| from b/);
  expect((await run('status')).output).toMatch(/Release +b+ “Commit b”\n/);
  await run('rollback');
  at = await supervisor.sees(/one#\w+ \| from a/, at);
  const bad = publish('c', '61 * * * * true\n');
  at = await supervisor.sees(/is rejected/, at);

  const told = await run('status');
  expect(told.status).toBe(1);
  expect(told.output).toMatch(/Release +a+ “Commit a”, by a rollback\n/);
  expect(told.output).toMatch(/Rejected +c+ “Commit c”: .*crontab.txt:1:1.*GITCRON_E_CRONTAB/);
  const { rejected } = JSON.parse((await run('status', '--json')).output);
  expect(rejected).toMatchObject({ revision: bad, code: 'GITCRON_E_CRONTAB', willRetry: false });

  publish('d', '# @name one\n@every 1s echo from d\n');
  await supervisor.sees(/one#\w+ \| from d/, at);
  expect((await run('status')).output).not.toMatch(/Rejected|rollback/);
});

it('is healthy only with a release to run', async () => {
  mkdirSync(join(directory, 'source'));
  expect((await run('health')).status).toBe(69);
  await using supervisor = gitcron('supervise');
  await supervisor.sees(/Waiting for code/);
  await expect
    .poll(() => run('health'), { timeout: 30_000, interval: 500 })
    .toMatchObject({ status: 1, output: expect.stringContaining('no release') });
  publish('a', '# @name one\n@every 1s echo from a\n');
  await supervisor.sees(/from a/);
  await expect
    .poll(async () => (await run('health')).output, { timeout: 30_000, interval: 500 })
    .toBe('ok\n');
});

it('tells every wrong setting at once', async () => {
  env = { ...env, POLL_SEC: 'often', TZ: 'Mars/Olympus', GITCRON_DATABSE_URL: 'x' };
  const { status, output } = await run('supervise');
  expect(status).toBe(78);
  expect(output).toContain('POLL_SEC: expected a whole number of seconds from 1 to 86400');
  expect(output).toContain('TZ: expected a time zone');
  expect(output).toContain('GITCRON_DATABSE_URL: there is no such setting');
});
