import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 12);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-killed-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Processes of runs of this test, held or begun, by the run that their environment names. */
function runsAlive(): Set<string> {
  const runs = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const variables = read(`/proc/${pid}/environ`).split('\0');
    const run = variables.find((each) => each.startsWith('GITCRON_RUN_ID='));
    const isOurs = variables.includes(`KILLED_TEST=${directory}`);
    // One that has ended is there until somebody takes note.
    if (run !== undefined && isOurs && !/\) [ZX] /.test(read(`/proc/${pid}/stat`))) runs.add(run);
  }
  return runs;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Some begin with the supervisor, unprepared; the others at each second, from a process held ready. */
const JOBS = Array.from({ length: 16 }, (_, index) => {
  const schedule = index % 2 === 0 ? '@reboot' : '* * * * * * *';
  const command = index % 4 < 2 ? 'sleep 60' : 'echo $$; sleep 60; :';
  return `# @name j${index}\n${schedule} ${command}\n`;
});

// Whose environment names a run is seen in /proc.
test.skipIf(process.platform !== 'linux')(
  'kill -9 around a start: whatever had begun, the successor ends before it starts anything',
  async () => {
    const crontab = join(directory, 'crontab');
    writeFileSync(crontab, `KILLED_TEST=${directory}\n${JOBS.join('')}`);
    let left = new Set<string>();
    let leftInAll = 0;
    for (let round = 0; round <= ROUNDS; round += 1) {
      await using supervisor = new GitcronProcess(
        ['cron', crontab, '--state', join(directory, 'state')],
        { cwd: directory, env: { TZ: 'UTC' } },
      );
      await supervisor.sees(/jobs are scheduled/);
      const alive = runsAlive();
      expect([...left].filter((run) => alive.has(run))).toEqual([]);
      // Until then nothing has begun; the instants that count are those right after it has.
      const first = round % 2 === 0 ? /j\d+#\w+ started/ : /j\d*[13579]#\w+ started/;
      await supervisor.sees(first);
      await pause(Math.random() * 120);
      supervisor.child.kill('SIGKILL');
      await supervisor.end();
      left = runsAlive();
      leftInAll += left.size;
    }
    expect(leftInAll).toBeGreaterThan(ROUNDS);
    // Ends what the last round left.
    await using last = new GitcronProcess(['cron', crontab, '--state', join(directory, 'state')], {
      cwd: directory,
      env: { TZ: 'UTC' },
    });
    await last.sees(/jobs are scheduled/);
    const alive = runsAlive();
    expect([...left].filter((run) => alive.has(run))).toEqual([]);
  },
  240_000,
);

test('kill -9 right after a run: @catchup makes up for what was missed, and never twice', async () => {
  const crontab = join(directory, 'crontab');
  const done = join(directory, 'done');
  const command = `echo $GITCRON_SCHEDULED_AT >> ${done}`;
  writeFileSync(crontab, `# @name j\n# @catchup all\n* * * * * * * ${command}\n`);
  const slots = () => read(done).split('\n').slice(0, -1);
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    await using supervisor = new GitcronProcess(
      ['cron', crontab, '--state', join(directory, 'state')],
      { cwd: directory, env: { TZ: 'UTC' } },
    );
    await supervisor.sees(/jobs are scheduled|1 job is scheduled/);
    const before = slots().length;
    await until(() => slots().length > before, 'a run');
    supervisor.child.kill('SIGKILL');
    await supervisor.end();
  }
  const seconds = slots().map((slot) => Date.parse(slot) / 1000);
  expect(seconds).toEqual([...new Set(seconds)]);
  // One that was begun at the very instant of a kill is told as lost; all others are there.
  const from = Math.min(...seconds);
  const to = Math.max(...seconds);
  expect(seconds.length).toBeGreaterThanOrEqual(to - from + 1 - rounds);
}, 60_000);
