/**
 * A session with the demo as README shows it: start, first output, a commit, Ctrl-C. Prints the
 * log as it is, less the path of the directory that it was made in.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'gitcron-session-'));
const launcher = join(import.meta.dirname, '../app/bin/gitcron.js');
const child = spawn(process.execPath, [launcher, 'up'], {
  cwd: directory,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));

async function sees(pattern: RegExp): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  while (!pattern.test(output)) {
    if (Date.now() > giveUpAt || child.exitCode !== null) {
      throw new Error(`${pattern} was not seen in:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  await sees(/hello#\w+ succeeded/);
  const demo = join(directory, '.gitcron/demo');
  appendFileSync(join(demo, 'app/crontab.txt'), '\n# @name date\n@every 2s date --utc\n');
  execFileSync('git', [
    ...['-C', demo, '-c', 'user.name=Ada', '-c', 'user.email=ada@localhost'],
    ...['commit', '--quiet', '--all', '--message', 'Tell the time every two seconds'],
  ]);
  await sees(/date#\w+ succeeded/);
  child.kill('SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
  process.stdout.write(output.replaceAll(`${directory}/`, ''));
} finally {
  child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}
