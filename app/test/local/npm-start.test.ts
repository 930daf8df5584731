import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesOf } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');

let directory: string;
let endedInOrder: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-npm-start-'));
  endedInOrder = join(directory, 'ended-in-order');
  mkdirSync(join(directory, 'scripts/app'), { recursive: true });
  // Only a supervisor that ends it in order gives it the time to say so.
  const job = `trap ': > ${endedInOrder}; exit' TERM; echo hello; while :; do sleep 0.1; done`;
  writeFileSync(join(directory, 'scripts/app/crontab.txt'), `# @name job\n@reboot ${job}\n`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** `npm start` as a user types it, or by way of another program. */
function npmStart(through: (command: readonly string[]) => readonly string[]) {
  const paths = ['--dir', join(directory, 'scripts'), '--state', join(directory, 'state')];
  const [program = '', ...args] = through(['npm', 'start', '--', ...paths, '--no-database']);
  const child = spawn(program, args, { cwd: PROJECT, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      // None, unless the test failed.
      for (const line of processesOf(directory)) process.kill(Number.parseInt(line), 'SIGKILL');
    },
    async saysHello() {
      await until(
        () => output.includes('| hello'),
        () => output,
        60_000,
      );
    },
  };
}

/** In a terminal of its own, which is gone when script(1) is. */
function inTerminal(command: readonly string[]): string[] {
  return ['script', '--quiet', '--flush', '--command', command.join(' '), '/dev/null'];
}

function nothingIsLeft(): Promise<unknown> {
  return until(
    () => processesOf(directory).length === 0,
    () => processesOf(directory).join('\n'),
    15_000,
  );
}

describe.skipIf(process.platform !== 'linux')(
  'npm start ends in order',
  { timeout: 90_000 },
  () => {
    it('at Ctrl-C', async () => {
      await using start = npmStart(inTerminal);
      await start.saysHello();
      start.child.stdin.write('\u0003');
      await nothingIsLeft();
      expect(existsSync(endedInOrder)).toBe(true);
    });

    it('when its terminal is closed', async () => {
      await using start = npmStart(inTerminal);
      await start.saysHello();
      start.child.kill('SIGKILL');
      await nothingIsLeft();
      expect(existsSync(endedInOrder)).toBe(true);
    });

    it('at a SIGTERM that only npm gets', async () => {
      await using start = npmStart((command) => command);
      await start.saysHello();
      start.child.kill('SIGTERM');
      await nothingIsLeft();
      expect(existsSync(endedInOrder)).toBe(true);
    });
  },
);
