import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { createTestRunner, makeJob } from './test-runner.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-arguments-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A quarter of this stack is 512 KiB: what the kernel takes is soon reached. */
const SMALL_STACK = ['/bin/sh', '-c', 'ulimit -s 2048; exec "$@"', 'sh'];

const FULL = 'x'.repeat(120_000);
const ALMOST_ALL = Array.from({ length: 4 }, (_, index) => `FULL${index}=${FULL}\n`).join('');

function gitcron(...args: string[]): GitcronProcess {
  const env = { TZ: 'UTC', STATE_DIR: join(directory, 'state') };
  return new GitcronProcess(args, { cwd: directory, env, through: SMALL_STACK });
}

/** @returns by how many bytes it is too much; null when check lets it pass. */
async function excess(crontab: string): Promise<number | null> {
  writeFileSync(join(directory, 'crontab'), crontab);
  await using check = gitcron('check', 'crontab');
  const status = await check.end();
  const [, bytes, limit] =
    /have ([\d,]+) bytes, and the system starts nothing with more than ([\d,]+)/.exec(
      check.output,
    ) ?? [];
  expect(status).toBe(bytes === undefined ? 0 : 65);
  return bytes === undefined ? null : number(bytes) - number(limit);
}

function filled(filler: number, command: string): string {
  return `${ALMOST_ALL}REST=${'y'.repeat(filler)}\n# @name j\n@reboot ${command}\n`;
}

function longVariable(bytes: number): string {
  return `LONG="${'é'.repeat(bytes / 2)}"\n# @name j\n@reboot date\n`;
}

function number(text = ''): number {
  return Number(text.replaceAll(',', ''));
}

// The limits are Linux's.
test.skipIf(process.platform !== 'linux')(
  'what passes check is started, and what does not is not',
  async () => {
    // A program, because the shell that starts it tells it more than it was told itself.
    const commands = ['/bin/date', `: ${'z'.repeat(20_000)}; date`];
    for (const command of commands) {
      const tooMuch = (await excess(filled(100_000, command))) ?? 0;
      expect(tooMuch).toBeGreaterThan(0);
      const atLimit = 100_000 - tooMuch;
      expect(await excess(filled(atLimit + 1, command))).toBe(1);
      expect(await excess(filled(atLimit, command))).toBeNull();

      await using starts = gitcron('cron', 'crontab', '--state', join(directory, 'state'));
      await starts.sees(/j#\w+ succeeded/);
      starts.child.kill('SIGTERM');
      await starts.end();
      // Check keeps room for what a shell adds.
      writeFileSync(join(directory, 'crontab'), filled(atLimit + 200, command));
      await using doesNot = gitcron('cron', 'crontab', '--state', join(directory, 'state'));
      await doesNot.sees(/j#\w+ failed .*too long \[E2BIG\]/);
    }
  },
  120_000,
);

test('a crontab variable of up to 124 KiB is started with, a longer one is refused by its line', async () => {
  const most = 124 * 1024;
  expect(await excess(longVariable(most))).toBeNull();
  await using starts = gitcron('cron', 'crontab', '--state', join(directory, 'state'));
  await starts.sees(/j#\w+ succeeded/);

  writeFileSync(join(directory, 'crontab'), longVariable(most + 2));
  await using check = gitcron('check', 'crontab');
  expect(await check.end()).toBe(65);
  expect(check.output).toMatch(/crontab:1:.*\n?.*LONG is too long.*GITCRON_E_CRONTAB_VARIABLE/s);
}, 60_000);

test('parameters that do not fit beside the variables: nothing is started, and it says why', async () => {
  const { runner, run, events } = createTestRunner();
  // The default stack takes 2 MiB, and no variable more than 128 KiB.
  const variables = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`FULL${i}`, FULL]));
  const job = makeJob('date', {}, { environment: variables });
  const request = { job, trigger: 'manual', requestedBy: 'anna' } as const;
  expect((await run(job)).status).toBe('succeeded');
  const before = events.length;
  const params = { text: 'p'.repeat(90_000) };
  const refused = await runner.start({ ...request, params });
  expect(refused).toMatchObject({ kind: 'too_long', what: 'all' });
  expect(events).toHaveLength(before);
  const one = await runner.start({ ...request, params: { text: 'p'.repeat(200_000) } });
  expect(one).toMatchObject({ kind: 'too_long', what: 'one', limit: 128 * 1024 });
});

test('a job may call gitcron: what it is told of its run is no unknown setting', async () => {
  writeFileSync(join(directory, 'crontab'), '@daily true\n');
  const { run } = createTestRunner();
  const launcher = join(import.meta.dirname, '../../bin/gitcron.js');
  const job = makeJob(`${process.execPath} ${launcher} check ${directory}/crontab`);
  const outcome = await run(job);
  expect(outcome).toMatchObject({ status: 'succeeded' });
});
