import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it.each([0, 1, 24, 30, 365, 3650])('a timer of %d days fires after so many, once', (days) => {
  const fired = vi.fn<() => void>();
  systemClock.after(days * DAY_MS, fired);
  vi.advanceTimersByTime(Math.max(days * DAY_MS - 1, 0));
  expect(fired).toHaveBeenCalledTimes(days === 0 ? 1 : 0);
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('a long timer can be cancelled at any time', () => {
  const fired = vi.fn<() => void>();
  const timer = systemClock.after(100 * DAY_MS, fired);
  vi.advanceTimersByTime(60 * DAY_MS);
  timer.cancel();
  vi.advanceTimersByTime(100 * DAY_MS);
  expect(fired).not.toHaveBeenCalled();
});
