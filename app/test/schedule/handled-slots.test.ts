import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHandledSlots } from '../../src/schedule/handled-slots.ts';
import { VirtualClock } from './virtual-clock.ts';

let directory: string;
let file: string;
const clock = new VirtualClock('2026-11-21T10:00:00Z');
const warnings: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-handled-'));
  file = join(directory, 'handled-slots.json');
  warnings.length = 0;
});

afterEach(() => rm(directory, { recursive: true }));

test('what is closed is there when it is opened again', async () => {
  const first = openHandledSlots({ file, clock, logger });
  first.set('a', { until: 1000, schedule: '@daily' });
  first.set('b', { until: 2000, schedule: '@hourly' });
  first.set('__proto__', { until: 3000, schedule: '@hourly' });
  first.delete('a');
  await first.close();
  const second = openHandledSlots({ file, clock, logger });
  expect(second.get('a')).toBeUndefined();
  expect(second.get('b')).toEqual({ until: 2000, schedule: '@hourly', waiting: [] });
  second.keepOnly(new Set());
  await second.close();
  expect(openHandledSlots({ file, clock, logger }).get('b')).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('a thousand jobs that fire in one second are one write', async () => {
  const slots = openHandledSlots({ file, clock, logger });
  const armedBefore = clock.timersArmed;
  for (let index = 0; index < 1000; index += 1)
    slots.set(`j${index}`, { until: index, schedule: '@daily' });
  expect(clock.timersArmed - armedBefore).toBe(1);
  await slots.close();
  const saved: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(saved).toMatchObject({ version: 1, jobs: { j999: { until: 999, schedule: '@daily' } } });
});

test.each(['', '{', '{"version":2,"jobs":{}}', '{"version":1,"jobs":{"a":{"until":"x"}}}', '[]'])(
  'a file that holds %j is as good as none, and said',
  async (content) => {
    await writeFile(file, content);
    const slots = openHandledSlots({ file, clock, logger });
    expect(slots.get('a')).toBeUndefined();
    expect(warnings).toHaveLength(1);
    slots.set('a', { until: 1, schedule: '@daily' });
    await slots.close();
    expect(openHandledSlots({ file, clock, logger }).get('a')).toEqual({
      until: 1,
      schedule: '@daily',
      waiting: [],
    });
  },
);

test('slots that wait for their turn are there after a kill, until they are settled', async () => {
  const daily = { until: 10, schedule: '@daily' };
  const first = openHandledSlots({ file, clock, logger });
  first.set('a', daily);
  first.wait('a', 30);
  first.wait('a', 20);
  first.note();
  // Begins at once: nothing is written of it.
  first.wait('a', 40);
  first.settle('a', 40);
  first.settle('a', 30);
  first.set('a', { ...daily, until: 50 });
  first.wait('a', 50);
  first.note();
  const second = openHandledSlots({ file, clock, logger });
  expect(second.get('a')).toEqual({ until: 50, schedule: '@daily', waiting: [20, 50] });
  // A snapshot tells the same as the lines before it.
  second.wait('a', 60);
  await second.close();
  const third = openHandledSlots({ file, clock, logger });
  expect(third.get('a')?.waiting).toEqual([20, 50, 60]);
  third.set('a', { until: 70, schedule: '@hourly' });
  third.note();
  expect(openHandledSlots({ file, clock, logger }).get('a')?.waiting).toEqual([]);
  expect(warnings).toEqual([]);
  await Promise.all([first.close(), third.close()]);
});

test('a place that cannot be written to is said once and stops nothing', async () => {
  const slots = openHandledSlots({ file: join(directory, 'gone', 'file.json'), clock, logger });
  slots.set('a', { until: 1, schedule: '@daily' });
  await slots.close();
  slots.set('a', { until: 2, schedule: '@daily' });
  await slots.close();
  expect(warnings).toHaveLength(1);
  expect(slots.get('a')?.until).toBe(2);
});
