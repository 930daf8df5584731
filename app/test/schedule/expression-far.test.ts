import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CronExpression } from '../../src/schedule/expression/cron-expression.ts';
import { nextSlot } from '../../src/schedule/expression/next-slot.ts';
import { parseExpression } from '../../src/schedule/expression/parse.ts';
import { spanAt } from '../../src/schedule/expression/zone.ts';
import { zoneAndStart } from './clock-change-days.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1000);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function slotsBetween(
  expression: CronExpression,
  zone: string,
  search: number,
  from: number,
  until: number,
): number[] {
  const slots: number[] = [];
  let at = nextSlot(expression, zone, search);
  while (at !== null && at <= until) {
    if (at > from) slots.push(at);
    at = nextSlot(expression, zone, at);
  }
  return slots;
}

/** A day of the year and a time of that day, as rules with fixed times and as others say them. */
const rule = fc.constantFrom(
  (minute: number, hour: number, date: string) => `${minute} ${hour} ${date} *`,
  (minute: number, _hour: number, date: string) => `${minute} * ${date} *`,
  (minute: number, hour: number, date: string) => `${minute % 30}/30 ${hour % 6}/6 ${date} *`,
);

test(
  'a search that begins years before finds what one that begins the day before finds',
  () => {
    fc.assert(
      fc.property(
        zoneAndStart(1971, 2097),
        rule,
        fc.integer({ min: -27 * 60, max: 54 * 60 }),
        fc.integer({ min: 3, max: 5000 }),
        ({ zone, start }, rulesFor, minutes, daysBefore) => {
          const at = start + minutes * MINUTE_MS;
          const wall = new Date(at + spanAt(zone, at).offsetMs);
          const date = `${wall.getUTCDate()} ${wall.getUTCMonth() + 1}`;
          const expression = parseExpression(
            rulesFor(wall.getUTCMinutes(), wall.getUTCHours(), date),
          );
          const [from, until] = [at - 3 * DAY_MS, at + 3 * DAY_MS];
          const before = Math.max(from - daysBefore * DAY_MS, 0);
          expect(slotsBetween(expression, zone, before, from, until)).toEqual(
            slotsBetween(expression, zone, from, from, until),
          );
        },
      ),
      { numRuns: RUNS },
    );
  },
  120_000 + RUNS * 20,
);
