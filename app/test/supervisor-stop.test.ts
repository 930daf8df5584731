import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GitcronProcess } from './gitcron-process.ts';
import { until } from '../../base/test/until.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-stop-'));
  mkdirSync(join(directory, 'source/app'), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('starts no run any more while it gives up an install', async () => {
  const crontab = join(directory, 'source/app/crontab.txt');
  writeFileSync(crontab, '# @name job\n@every 1s echo hello\n');
  await using gitcron = new GitcronProcess(['supervise'], {
    cwd: directory,
    env: {
      SOURCE_DIR: join(directory, 'source'),
      STATE_DIR: join(directory, 'state'),
      HTTP_PORT: '0',
      POLL_SEC: '1',
      TZ: 'UTC',
    },
  });
  await gitcron.sees(/job#\w+ \| hello/);
  const installing = join(directory, 'installing');
  // It does not end at SIGTERM, so that giving it up takes longer than the job's second.
  const preinstall = `trap '' TERM; : > ${installing}; sleep 600`;
  const manifest = JSON.stringify({ name: 'scripts', scripts: { preinstall } });
  writeFileSync(join(directory, 'source/package.json'), manifest);
  await until(
    () => existsSync(installing),
    () => gitcron.output,
    30_000,
  );
  await gitcron.sees(/job#\w+ \| hello/, gitcron.output.length);
  gitcron.child.kill('SIGTERM');
  const stopping = await gitcron.sees(/SIGTERM: stopping/);
  await gitcron.sees(/is given up: Gitcron stops/, stopping);
  expect(await gitcron.end()).toBe(0);
  expect(gitcron.output.slice(stopping)).not.toMatch(/job#\w+ started/);
}, 90_000);
