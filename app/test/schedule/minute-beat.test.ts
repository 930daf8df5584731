import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { MOST_AHEAD_MS } from '../../src/schedule/job.ts';
import { cronMinuteBeat } from '../../src/schedule/minute-beat.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { memoryHandledSlots } from './memory-handled-slots.ts';

const logger = pino({ level: 'silent' });

beforeEach(() => {
  vi.useFakeTimers({
    now: new Date('2026-11-21T10:00:30Z'),
    toFake: ['Date', 'setTimeout', 'clearTimeout'],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

test('node-cron beats once a minute, at the minute, until it is stopped', async () => {
  const beats: string[] = [];
  const heartbeat = cronMinuteBeat(logger)(() =>
    beats.push(new Date().toISOString().slice(11, 19)),
  );
  await vi.advanceTimersByTimeAsync(150_000);
  expect(beats).toEqual(['10:01:00', '10:02:00', '10:03:00']);
  heartbeat.stop();
  await vi.advanceTimersByTimeAsync(150_000);
  expect(beats).toHaveLength(3);
});

test('a beat is not dropped when the event loop hangs over its minute', async () => {
  const beats: string[] = [];
  const heartbeat = cronMinuteBeat(logger)(() =>
    beats.push(new Date().toISOString().slice(11, 19)),
  );
  await vi.advanceTimersByTimeAsync(29_000);
  vi.setSystemTime(new Date('2026-11-21T10:01:20Z'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(beats).toEqual(['10:01:21']);
  heartbeat.stop();
});

test('with the real clock: every second has its slot, and none is handed over further ahead than its gate waits', async () => {
  vi.useRealTimers();
  const { jobs } = parseCrontab('* * * * * * * x', { file: 'crontab', defaultZone: 'UTC' });
  const fired: { at: number; now: number }[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const scheduler = new Scheduler({
    clock: systemClock,
    logger,
    handledSlots: memoryHandledSlots(),
    dispatcher: {
      prepare: () => {},
      withdraw: () => {},
      fire: ({ at }) => {
        fired.push({ at, now: Date.now() });
        if (fired.length === 3) resolve();
      },
    },
  });
  scheduler.replace('repository', jobs);
  scheduler.start();
  await enough;
  await scheduler.stop();
  const first = fired[0]?.at ?? 0;
  expect(fired.map(({ at }) => at)).toEqual([first, first + 1000, first + 2000]);
  for (const { at, now } of fired) expect(now).toBeGreaterThanOrEqual(at - MOST_AHEAD_MS);
});
