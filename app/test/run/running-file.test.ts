import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunIdentity } from '../../src/events/run-description.ts';
import { createRunningFile } from '../../src/run/running-file.ts';
import { readRunningFile } from '../../src/run/running-notes.ts';
import { noted } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

const RUN_ID = '01a1fd18-1583-7534-8d3a-000000000000';

const ofJob = (job: string): RunIdentity => ({
  runId: RUN_ID,
  job,
  trigger: 'schedule',
  requestedBy: null,
  scheduledAt: null,
  release: null,
});

let directory: string;
let path: string;
let warnings: string[];
const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-running-'));
  path = join(directory, 'state', 'running.json');
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function open() {
  renameSync(mkdtempSync(join(directory, 'made-')), join(directory, 'state'));
  return createRunningFile(path, logger);
}

test('what is noted is in the file when the call returns', () => {
  const file = open();
  file.add({ pid: process.pid, run: ofJob('a'), attempt: 1, runAs: null });
  expect(noted(path)).toMatchObject([{ pid: process.pid, runId: RUN_ID, startedAt: null }]);
  file.started([process.pid], 1234);
  expect(noted(path)).toMatchObject([{ pid: process.pid, startedAt: 1234 }]);
  expect(noted(path)[0]?.startTicks).toBeGreaterThan(0);
  file.close([]);
  expect(existsSync(path)).toBe(false);
});

test('ten thousand runs later the file is as small as at the beginning', async () => {
  const file = open();
  file.add({ pid: process.pid, run: ofJob('stays'), attempt: 1, runAs: null });
  let largest = 0;
  for (let pid = 4_000_000; pid < 4_010_000; pid += 1) {
    file.add({ pid, run: ofJob('passes'), attempt: 1, runAs: null });
    file.started([pid], 1);
    file.remove(pid);
    largest = Math.max(largest, statSync(path).size);
  }
  expect(largest).toBeLessThan(1024 * 1024);
  await until(() => noted(path).length === 1, 'the notes of the last ends');
  expect(noted(path)).toMatchObject([{ pid: process.pid, job: 'stays' }]);
  file.close([]);
});

test('a line that was cut off is left out, and a damaged one is said; what stands before it counts', () => {
  const file = open();
  file.add({ pid: process.pid, run: ofJob('a'), attempt: 1, runAs: null });
  appendFileSync(path, '{"remove":');
  expect(readRunningFile(path, logger)).toHaveLength(1);
  expect(warnings).toEqual([]);
  appendFileSync(path, '\n');
  expect(readRunningFile(path, logger)).toHaveLength(1);
  expect(warnings.join('')).toMatch(/Cannot read .*running\.json/);
});

test('a disk that takes nothing is said once, and all is noted when it takes something again', () => {
  const file = open();
  renameSync(join(directory, 'state'), join(directory, 'away'));
  file.add({ pid: process.pid, run: ofJob('a'), attempt: 1, runAs: null });
  file.started([process.pid], 5);
  expect(warnings).toHaveLength(1);
  renameSync(join(directory, 'away'), join(directory, 'state'));
  file.add({ pid: process.ppid, run: ofJob('b'), attempt: 1, runAs: null });
  expect(noted(path)).toMatchObject([{ pid: process.pid, startedAt: 5 }, { job: 'b' }]);
});
