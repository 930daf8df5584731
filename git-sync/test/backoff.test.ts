import { assert, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../src/backoff.ts';

test('doubles from two seconds up to two minutes', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map(
    (failures) => backoffMs(failures, 30_000, 0) / 1000,
  );
  expect(delays).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120]);
});

test('never takes longer than the usual interval, when that is the longer one', () => {
  expect(backoffMs(50, 600_000, 0)).toBe(600_000);
});

test('whatever the dice say, it is between half and the whole', () => {
  assert(
    property(
      integer({ min: 1, max: 10_000 }),
      integer({ min: 1_000, max: 86_400_000 }),
      double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, waitMs, random) => {
        const whole = backoffMs(failures, waitMs, 0);
        const delay = backoffMs(failures, waitMs, random);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(delay).toBeLessThanOrEqual(whole);
      },
    ),
  );
});
