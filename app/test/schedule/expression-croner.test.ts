import { Cron } from 'croner';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextSlot } from '../../src/schedule/expression/next-slot.ts';
import { parseExpression } from '../../src/schedule/expression/parse.ts';
import { ScheduleError } from '../../src/schedule/schedule-error.ts';
import { zonesWithChange, zoneAndStart } from './clock-change-days.ts';
import { randomExpression } from './random-expression.ts';

const HOUR_MS = 3_600_000;
const dayOf = (wallMs: number): number => Math.floor(wallMs / (24 * HOUR_MS));

/**
 * croner drops a skipped slot whose gap ends on the next day (Apia left out 30 December 2011, Nuuk
 * leaves out the last hour of a day in March), and the wall clock's second pass through many hours
 * (Vostok, seven in 1994). The walk through the minutes and expression.test.ts have those days.
 */
const WRONG_IN_CRONER = zonesWithChange(
  1975,
  2045,
  ({ fromWallMs, toWallMs }) =>
    dayOf(toWallMs) > dayOf(fromWallMs) || toWallMs < fromWallMs - 2 * HOUR_MS,
);

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1500);

function ours(text: string, zone: string, start: number, count: number): number[] | 'never' {
  try {
    const expression = parseExpression(text);
    const slots: number[] = [];
    let at = nextSlot(expression, zone, start);
    while (at !== null && slots.length < count) {
      slots.push(at);
      at = nextSlot(expression, zone, at);
    }
    return slots;
  } catch (error) {
    if (error instanceof ScheduleError && error.code === 'GITCRON_E_EXPRESSION_NEVER')
      return 'never';
    throw error;
  }
}

test(
  'the engine agrees with croner',
  () => {
    fc.assert(
      fc.property(
        randomExpression({ steppedRanges: false }),
        zoneAndStart(1975, 2040, WRONG_IN_CRONER),
        ({ text }, { zone, start }) => {
          const slots = ours(text, zone, start, 5);
          fc.pre(slots !== 'never');
          const croner = new Cron(text, { timezone: zone, fixedTimeRule: 'no-wildcard' });
          const theirs = croner.nextRuns(5, new Date(start)).map((date) => date.getTime());
          expect(slots).toEqual(theirs);
        },
      ),
      { numRuns: RUNS },
    );
  },
  120_000 + RUNS * 250,
);
