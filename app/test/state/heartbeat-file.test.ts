import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readHeartbeat, startHeartbeatFile } from '../../src/state/heartbeat-file.ts';
import { memoryLog } from '../record/memory-log.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-heartbeat-'));
  path = join(directory, 'state', 'heartbeat.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

const ALIVE = { revision: 'a', beating: true };

it('takes the place of whatever lies there', async () => {
  mkdirSync(join(path, 'inside'), { recursive: true });
  const { logger, lines } = memoryLog();
  const file = startHeartbeatFile(path, logger, () => ALIVE);
  await file.stop();
  expect(await readHeartbeat(path)).toMatchObject(ALIVE);
  expect(file.unwritten()).toBeNull();
  expect(readdirSync(`${path}.damaged`)).toEqual(['inside']);
  expect(lines()).toHaveLength(1);
});

it('tells since when and why nothing can be written, once, and once that it can again', async () => {
  const { logger, lines } = memoryLog();
  const file = startHeartbeatFile(path, logger, () => ALIVE);
  await file.stop();
  const unwritten = file.unwritten();
  expect(unwritten).toMatchObject({ reason: 'no such file or directory' });
  file.beat();
  await file.stop();
  expect(file.unwritten()?.since).toBe(unwritten?.since);
  mkdirSync(join(directory, 'state'));
  file.beat();
  await file.stop();
  expect(file.unwritten()).toBeNull();
  expect(lines().map(({ msg }) => msg)).toEqual([
    `Cannot write ${path}: gitcron health will say that the supervisor hangs.`,
    `${path} can be written again.`,
  ]);
});
