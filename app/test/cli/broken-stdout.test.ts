import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../base/test/until.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/gitcron.js');

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Waits until the quiet job has run `count` times. */
  readonly ticks: (count: number) => Promise<unknown>;
  readonly tickCount: () => number;
  readonly stderr: () => string;
}

/** Two jobs a second: one that writes far more than a pipe and our memory hold, one that is quiet. */
function cron(stdout: 'pipe' | number, loud = 'yes | head -c 3000000'): Started {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-stdout-'));
  const quiet = join(directory, 'quiet');
  writeFileSync(
    join(directory, 'a.txt'),
    `# @name loud\n@every 1s ${loud}\n# @name quiet\n@every 1s echo x >> ${quiet}\n`,
  );
  const child = spawn(process.execPath, [LAUNCHER, 'cron', 'a.txt', '--state', 'state'], {
    cwd: directory,
    env: { ...process.env, TZ: 'UTC', SHUTDOWN_GRACE: '20' },
    stdio: ['ignore', stdout, 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const tickCount = () => (existsSync(quiet) ? readFileSync(quiet).length / 2 : 0);
  return {
    child,
    ended,
    tickCount,
    stderr: () => stderr,
    ticks: (count) =>
      until(
        () => tickCount() >= count,
        () => `${count} runs; there were ${tickCount()}. ${stderr}`,
        20_000,
      ),
  };
}

test('jobs go on when nobody reads stdout any more, and it is said once', async () => {
  const { child, ended, ticks, tickCount, stderr } = cron('pipe');
  await new Promise((resolve) => void child.stdout?.once('data', resolve));
  child.stdout?.destroy();
  await ticks(tickCount() + 4);
  expect(stderr().match(/stdout cannot be written \(EPIPE\)/g)).toHaveLength(1);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test.skipIf(process.platform !== 'linux')('jobs go on when the disk is full', async () => {
  const full = openSync('/dev/full', 'w');
  const { child, ended, ticks, stderr } = cron(full);
  closeSync(full);
  await ticks(4);
  expect(stderr().match(/stdout cannot be written \(ENOSPC\)/g)).toHaveLength(1);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('a reader that stands still stops neither quiet jobs nor the end', async () => {
  const { child, ended, ticks, tickCount } = cron('pipe');
  await ticks(2);
  await ticks(tickCount() + 3);
  child.kill('SIGTERM');
  // It is not read, so nothing but SIGKILL ends the write that is under way.
  expect(await ended).toBe('SIGKILL');
});

test('the last lines come in the order they were written', async () => {
  const { child, ended, ticks } = cron('pipe');
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = new Promise((resolve) => void child.once('close', resolve));
  await ticks(2);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  await closed;
  expect(output).toMatch(/SIGINT: stopping\.[^]*Stopped\.\n$/);
});

test('a second SIGTERM kills at once, also when stdout is not read', async () => {
  const { child, ended, ticks } = cron('pipe', "trap '' TERM; yes | head -c 3000000; sleep 60");
  await ticks(3);
  child.kill('SIGTERM');
  const asked = performance.now();
  // Signals that come closer together than a third of a second count as one.
  const again = setInterval(() => child.kill('SIGTERM'), 400);
  await ended;
  clearInterval(again);
  expect(performance.now() - asked).toBeLessThan(15_000);
});
