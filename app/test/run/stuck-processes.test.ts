import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunningProcess } from '../../src/run/running-notes.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { isAlive, noted } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const JOBS_UID = 12_347;

/** It may become the jobs' user and may not signal it: nothing it does ends their processes. */
const MAY_NOT_KILL = ['setpriv', '--bounding-set=-all,+setuid,+setgid,+chown', '--inh-caps=-all'];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-stuck-'));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'crontab'), '# @name j\n# @grace 1s\n@reboot exec sleep 300\n');
});
afterEach(() => {
  for (const { pid } of stuck()) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function start(): GitcronProcess {
  return new GitcronProcess(['cron', 'crontab', '--state', join(directory, 'state')], {
    cwd: directory,
    env: { TZ: 'UTC', JOB_USER: `${JOBS_UID}:${JOBS_UID}`, SHUTDOWN_GRACE: '0' },
    through: MAY_NOT_KILL,
  });
}

function stuck(): RunningProcess[] {
  return noted(join(directory, 'state/running.json')).filter(({ pid }) => isAlive(pid));
}

// Only root can give rights away.
test.skipIf(!isRoot)(
  'what not even SIGKILL ends stays noted, is told, and looked at until it is gone',
  async () => {
    const first = start();
    await first.sees(/j#\w+ started/);
    first.child.kill('SIGKILL');
    await first.end();
    const [left] = stuck();
    if (left === undefined) throw new Error('nothing is noted');

    await using second = start();
    await second.sees(new RegExp(`do not end, even by SIGKILL: ${left.pid}\\.`));
    await second.sees(/was lost.* does not end, even by SIGKILL/);
    await second.sees(/j#\w+ started/);
    expect(stuck().map(({ pid }) => pid)).toContain(left.pid);

    // Its own run does not end either: a shutdown leaves it, and says so.
    second.child.kill('SIGTERM');
    expect(await second.end()).toBe(0);
    expect(second.output).toMatch(/was canceled .*even by SIGKILL, and is left as it is/);
    const both = stuck().map(({ pid }) => pid);
    expect(both).toHaveLength(2);

    await using third = start();
    await third.sees(/j#\w+ started/);
    for (const pid of both) expect(third.output).toContain(`even by SIGKILL: ${pid}.`);
    // They were lost once, and that is told.
    expect(third.output).not.toMatch(/was lost/);
    for (const pid of both) process.kill(pid, 'SIGKILL');
    for (const pid of both) await third.sees(new RegExp(`its process ${pid} is gone at last`));
    await until(() => stuck().length === 1, 'that only the run of now is noted');
  },
  60_000,
);

test.skipIf(!isRoot)('after an orderly stop nothing is noted', async () => {
  writeFileSync(join(directory, 'crontab'), '# @name j\n@reboot true\n');
  const only = start();
  await only.sees(/j#\w+ succeeded/);
  only.child.kill('SIGTERM');
  expect(await only.end()).toBe(0);
  expect(existsSync(join(directory, 'state/running.json'))).toBe(false);
});
