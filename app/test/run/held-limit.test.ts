import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { heldLimit, systemLimits, watchTasks } from '../../src/run/held-limit.ts';
import { createTestRunner, makeJob, noted, slotOf } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96365                96365                processes
Max open files            20000                524288               files
`;

/** What Linux shows of limits, below another root. */
function rootWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'gitcron-limits-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('as many as may run, at most half of the processes and of the descriptors', () => {
  const much = { processes: 100_000, descriptors: 1_000_000 };
  expect(heldLimit(1000, much)).toBe(1000);
  expect(heldLimit(1000, { ...much, processes: 1000 })).toBe(500);
  expect(heldLimit(1000, { ...much, descriptors: 4096 })).toBe(512);
  expect(heldLimit(1000, { processes: Infinity, descriptors: Infinity })).toBe(1000);
});

test.each([
  ['a container', '0::/\n', { 'sys/fs/cgroup/pids.max': '1000\n' }, 1000],
  [
    'a service, the lowest of its groups',
    '0::/system.slice/gitcron.service\n',
    {
      'sys/fs/cgroup/pids.max': 'max\n',
      'sys/fs/cgroup/system.slice/pids.max': '700\n',
      'sys/fs/cgroup/system.slice/gitcron.service/pids.max': '4000\n',
    },
    700,
  ],
  [
    'the first version of control groups',
    '9:name=systemd:/a\n8:pids:/docker/1\n',
    { 'sys/fs/cgroup/pids/docker/1/pids.max': '300\n' },
    300,
  ],
  ['no limit', '0::/\n', { 'sys/fs/cgroup/pids.max': 'max\n' }, 96_365],
  ['no such files', '', {}, 96_365],
])('the limits of %s', (_what, cgroup, files, processes) => {
  const root = rootWith({ 'proc/self/limits': LIMITS, 'proc/self/cgroup': cgroup, ...files });
  expect(systemLimits(root)).toEqual({ processes, descriptors: 20_000 });
});

test('a system that shows no limits has none', () => {
  const nothing = { processes: Infinity, descriptors: Infinity };
  expect(systemLimits(rootWith({}))).toEqual(nothing);
});

test('a crowd larger than 256 is held ready as a whole, where as many may run', async () => {
  const { runner, directory } = createTestRunner({ concurrency: 300 });
  const at = Date.now() + 60_000;
  for (let index = 0; index < 300; index += 1) {
    runner.prepare(slotOf(makeJob('true', {}, { slug: `job-${index}` }), at));
  }
  const file = join(directory, 'running.json');
  await until(() => noted(file).length === 300, 'all of them at the gate', 60_000);
  expect(await runner.active()).toEqual([]);
});

test.each([
  ['a container', '0::/\n', 'sys/fs/cgroup'],
  ['a service', '0::/system.slice/gitcron.service\n', 'sys/fs/cgroup/system.slice/gitcron.service'],
  ['a container on version 1', '9:pids:/docker/1\n', 'sys/fs/cgroup/pids/docker/1'],
])('the processes that %s has and may have', (_what, cgroup, directory) => {
  const root = rootWith({
    'proc/self/cgroup': cgroup,
    [`${directory}/pids.max`]: '1000\n',
    [`${directory}/pids.current`]: '17\n',
  });
  const tasks = watchTasks(root);
  expect(tasks()).toEqual({ limit: 1000, used: 17 });
  writeFileSync(join(root, directory, 'pids.current'), '990\n');
  expect(tasks()).toEqual({ limit: 1000, used: 990 });
});

test('where nothing is limited there is always room', () => {
  const root = rootWith({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/pids.max': 'max\n' });
  expect(watchTasks(root)()).toEqual({ limit: Infinity, used: 0 });
});
