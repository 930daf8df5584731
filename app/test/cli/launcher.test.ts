import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { processesOf } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/gitcron.js');

/** The launcher as an old Node runs it: it starts the Node that npm installed. */
function startByOldNode() {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-launcher-'));
  writeFileSync(join(directory, 'a.txt'), '@every 1s echo hello\n');
  // Before it looks at its version, this Node says that it is an old one.
  const old = "Object.defineProperty(process.versions,'node',{value:'20.0.0'})";
  const args = ['--import', `data:text/javascript,${old}`, LAUNCHER];
  const child = spawn(process.execPath, [...args, 'cron', 'a.txt', '--state', 'state'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await until(
      () => processesOf(directory).length === 0,
      () => processesOf(directory).join('\n'),
      10_000,
    );
    rmSync(directory, { recursive: true, force: true });
  });
  const sees = (text: string) =>
    until(
      () => output.includes(text),
      () => `${text} in ${output}`,
      15_000,
    );
  return { child, ended, sees, directory };
}

test.for(['SIGINT', 'SIGTERM'] as const)('%s is passed on', async (signal) => {
  const { child, ended, sees } = startByOldNode();
  await sees('| hello');
  child.kill(signal);
  await sees(`${signal}: stopping.`);
  expect(await ended).toBe(0);
});

test.skipIf(process.platform !== 'linux')(
  'what it started ends in order when it is killed',
  async () => {
    const { child, sees, directory } = startByOldNode();
    await sees('| hello');
    child.kill('SIGKILL');
    await sees('Stopped.');
    await expect.poll(() => processesOf(directory), { timeout: 10_000 }).toEqual([]);
  },
);
