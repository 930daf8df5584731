import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { createOrigin, originAt, type Origin } from '../../../base/test/origin.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { GitcronProcess } from '../gitcron-process.ts';

const GIT_SYNC = fileURLToPath(new URL('../../../git-sync/src/main.ts', import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});

async function commitCrontab(origin: Origin, crontab: string): Promise<void> {
  await origin.commit({ 'app/crontab.txt': crontab }, `Work in ${origin.path.slice(-3)}`);
}

/** The same job by name and schedule, so that what is kept by these could be mistaken. */
function tick(text: string): string {
  return `# @name tick\n# @catchup all 1h\n@every 1s echo ${text}\n`;
}

function up(...args: string[]): GitcronProcess {
  const env = { TZ: 'UTC', GIT_SYNC_WAIT: '1', HTTP_PORT: '0' };
  return new GitcronProcess(['up', '--no-database', ...args], { cwd: directory, env });
}

async function command(...args: string[]): Promise<{ status: unknown; output: string }> {
  await using asked = new GitcronProcess(args, { cwd: directory });
  return { status: await asked.end(), output: asked.output };
}

async function stop(gitcron: GitcronProcess): Promise<void> {
  gitcron.interrupt();
  expect(await gitcron.end()).toBe(0);
}

it('npm start: what the demo left neither runs, nor is made up for, nor is gone back to', async () => {
  const own = join(directory, 'own');
  const state = join(directory, '.gitcron/state');
  {
    await using demo = up();
    await demo.sees(/4 jobs are scheduled/);
    await commitCrontab(originAt(join(directory, '.gitcron/demo')), tick('from the demo'));
    await demo.sees(/tick#\w+ \| from the demo/);
    expect(await command('disable', 'tick')).toMatchObject({ status: 0 });
    await stop(demo);
  }
  const handled = readFileSync(join(state, 'handled-slots.json'), 'utf8');
  expect(handled).toContain('tick');

  // One's own repository cannot be reached yet: a wrong address, a token that is missing.
  {
    await using away = up('--repo', own);
    let at = await away.sees(
      /The repository is another one now: .*own\. Release \w+ .* is of .*demo,/,
    );
    await away.sees(/decided for the repository of before; now the crontab decides again: tick\./);
    at = await away.sees(/Waiting for the first commit of .*own/, at);
    await away.sees(/still failing/, at);
    expect(away.output).not.toContain('started (');
    expect((await command('releases')).output).toContain('There is no release yet.');
    expect(await command('rollback')).toMatchObject({
      status: 66,
      output: expect.stringContaining('GITCRON_E_NO_RELEASE'),
    });
    await stop(away);
  }
  expect(JSON.parse(readFileSync(join(state, 'handled-slots.json'), 'utf8'))).toMatchObject({
    jobs: {},
  });

  await commitCrontab(await createOrigin(own), tick('of my own'));
  {
    await using mine = up('--repo', own);
    const at = await mine.sees(/tick#\w+ \| of my own/);
    await mine.sees(/tick#\w+ \| of my own/, at);
    expect(mine.output).not.toContain('catch_up');
    expect(mine.output).not.toContain('from the demo');
    expect((await command('rollback')).output).toContain('GITCRON_E_NO_RELEASE');
    expect((await command('releases')).output).not.toContain('emo');
    await stop(mine);
  }

  // And back: nothing is fetched or installed anew, and it is the demo's turn to be what counts.
  await using back = up();
  const at = await back.sees(/is of .*own, so none of its jobs/);
  await back.sees(/tick#\w+ \| from the demo/, at);
  expect(back.output).not.toContain('of my own');
  await stop(back);
}, 180_000);

it('another directory is another source, also while it shows nothing', async () => {
  const [first, second] = [join(directory, 'one'), join(directory, 'two')];
  for (const path of [first, second]) mkdirSync(join(path, 'app'), { recursive: true });
  writeFileSync(join(first, 'app/crontab.txt'), tick('from one'));
  {
    await using one = up('--dir', first);
    await one.sees(/tick#\w+ \| from one/);
    await stop(one);
  }
  await using two = up('--dir', second);
  const at = await two.sees(/The repository is another one now/);
  writeFileSync(join(second, 'app/crontab.txt'), tick('from two'));
  await two.sees(/tick#\w+ \| from two/, at);
  expect(two.output).not.toContain('from one');
  await stop(two);
}, 120_000);

it('the stack: a supervisor at work gives up what it runs as soon as its git-sync follows another repository', async () => {
  const [first, second] = [join(directory, 'one'), join(directory, 'two')];
  await commitCrontab(
    await createOrigin(first),
    `${tick('from one')}
# @name fails
# @retries 5
# @retry-delay 1s
@reboot echo at work; sleep 3; exit 1
# @name waits
# @lock one
@reboot sleep 60
# @name queued
# @lock one
# @overlap queue
@manual echo it was its turn
`,
  );
  const code = join(directory, 'code');
  const state = join(directory, 'state');
  const env = { SOURCE_DIR: code, STATE_DIR: state, HTTP_PORT: '0', TZ: 'UTC', POLL_SEC: '1' };
  const follow = (repository: string) =>
    new GitcronProcess([], {
      cwd: directory,
      env: {
        GIT_SYNC_REPO: repository,
        GIT_SYNC_ROOT: code,
        GIT_SYNC_WAIT: '1',
        LOG_FORMAT: 'text',
      },
      through: ['sh', '-c', `exec "$1" ${GIT_SYNC}`, 'sh'],
    });
  await using supervisor = new GitcronProcess(['supervise'], { cwd: directory, env });
  const ask = async (...args: string[]) => {
    await using asked = new GitcronProcess(args, { cwd: directory, env });
    await asked.end();
    return asked.output;
  };
  {
    await using sync = follow(first);
    await supervisor.sees(/tick#\w+ \| from one/);
    await supervisor.sees(/fails#\w+ \| at work/);
    await ask('run', 'queued');
    await sync.sees(/published/);
  }
  // Nobody is at this address, so that nothing takes the place of what is given up.
  await using sync = follow(second);
  await sync.sees(/\w{7} of .*one is not shown any more/);
  let at = await supervisor.sees(/The repository is another one now: .*two/);
  at = await supervisor.sees(/0 jobs are scheduled: removed/, at);
  await supervisor.sees(/queued#\w+ was canceled .*the change of repository/, at);
  // At work then, or between two attempts: no other follows either way.
  await supervisor.sees(/fails#\w+ (failed|was canceled)/, at);
  const ended = supervisor.output.length;
  expect(await ask('status')).toContain('none');
  await ask('run', 'tick');
  await commitCrontab(await createOrigin(second), tick('from two'));
  await supervisor.sees(/tick#\w+ \| from two/, at);
  expect(supervisor.output.slice(ended)).not.toMatch(/from one|attempt 2|it was its turn/);
}, 120_000);
