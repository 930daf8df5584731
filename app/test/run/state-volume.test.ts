import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { canMount, mountSmallDisk } from '../record/small-disk.ts';
import { createTestRunner, makeJob } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `# @name result
# @overlap allow
* * * * * * * echo "$GITCRON_RESULT_FILE" >> "$PLACES" && echo kept > "$GITCRON_RESULT_FILE"
# @name failing
# @retries 100
# @retry-delay 1s
* * * * * * * exit 3
# @name leaving
# @overlap allow
* * * * * * * sleep 300 & exit 0
`;

/** A supervisor at work whose state volume is a file system of its own. */
async function supervise() {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-volume-'));
  const disk = mountSmallDisk(8);
  onTestFinished(() => {
    disk.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  const source = join(directory, 'source');
  mkdirSync(join(source, 'app'), { recursive: true });
  const crontab = join(source, 'app/crontab.txt');
  writeFileSync(crontab, CRONTAB);
  const gitcron = new GitcronProcess(['supervise'], {
    cwd: directory,
    env: {
      SOURCE_DIR: source,
      STATE_DIR: join(disk.path, 'state'),
      TZ: 'UTC',
      HTTP_PORT: '0',
      POLL_SEC: '1',
      SHUTDOWN_GRACE: '2',
      PLACES: join(directory, 'places'),
    },
  });
  await gitcron.sees(/result#\w+ succeeded/, 0, 20_000);
  return { gitcron, disk, crontab };
}

/** All that the three jobs do goes on, and nothing fell into the last net. */
async function expectGoingOn(gitcron: GitcronProcess): Promise<void> {
  const from = gitcron.output.length;
  for (const sight of [
    /result#\w+ succeeded/,
    /failing#\w+ attempt \d+ failed/,
    /leaving#\w+ suc/,
  ]) {
    await gitcron.sees(sight, await gitcron.sees(sight, from));
  }
  expect(gitcron.output).not.toMatch(/result#\w+ failed|GITCRON_E_UNEXPECTED|GITCRON_E_STOP/);
}

describe.runIf(canMount)('when the state volume', () => {
  test('turns read-only, jobs go on, write results, and the stop is in order', async () => {
    const { gitcron, disk, crontab } = await supervise();
    await using _ = gitcron;
    disk.makeReadOnly();
    await expectGoingOn(gitcron);
    // A commit that cannot be taken is said, and changes nothing.
    writeFileSync(crontab, `${CRONTAB}@manual true\n`);
    await gitcron.sees(/rejected for now/);
    await expectGoingOn(gitcron);
    gitcron.child.kill('SIGTERM');
    expect(await gitcron.end()).toBe(0);
    const warnings = gitcron.output.match(/\[GITCRON_E_RUNNING_FILE\]/g);
    expect(warnings).toHaveLength(1);
  });

  test('is full to the last byte, a script writes its result all the same', async () => {
    const { gitcron, disk } = await supervise();
    await using _ = gitcron;
    disk.fill();
    await expectGoingOn(gitcron);
    gitcron.child.kill('SIGTERM');
    expect(await gitcron.end()).toBe(0);
  });
});

test('where no result file can be made, the run goes on and has none, which is said once', async () => {
  const { run, logText } = createTestRunner({ resultDirectory: '/dev/null/results' });
  const job = makeJob('echo out > "$GITCRON_RESULT_FILE"');
  const outcomes = [await run(job), await run(job)];
  expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  expect((await logText()).match(/GITCRON_E_RESULT_CLEANUP/g)).toHaveLength(1);
});

const thrown = (): never => {
  throw new Error('a mistake');
};

test('what goes wrong in telling or showing ends neither the run nor the runner', async () => {
  let broken = true;
  const house = createTestRunner({
    emit: (event) => (broken ? thrown() : void house.events.push(event)),
    outputTransform: () =>
      broken ? { push: thrown, end: thrown } : { push: (b) => b, end: () => Buffer.alloc(0) },
  });
  house.start(makeJob('echo one; exit 1', { retries: 1, retryDelayMs: 5 }));
  await until(
    async () => (await house.runner.active()).length === 0,
    'the end of what nobody hears of',
  );
  broken = false;
  house.start(makeJob('echo two'));
  await until(() => house.events.some(({ type }) => type === 'run_finished'), 'the next end');
  const said = await house.logText();
  expect(said.match(/\[GITCRON_E_RUN_TOLD\]/g)).toHaveLength(1);
  expect(said.match(/\[GITCRON_E_JOB_OUTPUT\]/g)).toHaveLength(1);
  expect(said).toMatch(/\| two$/m);
});
