import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CronExpression } from '../../src/schedule/expression/cron-expression.ts';
import { nextSlot } from '../../src/schedule/expression/next-slot.ts';
import { parseExpression } from '../../src/schedule/expression/parse.ts';
import { ScheduleError } from '../../src/schedule/schedule-error.ts';
import { spanAt } from '../../src/schedule/expression/zone.ts';
import { zoneAndStart } from './clock-change-days.ts';
import {
  randomExpressionWithSeconds,
  type RandomExpressionWithSeconds,
} from './random-expression.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);
const WINDOW_S = 4 * 3600;
/** Clocks were never set by more. */
const BEFORE_S = 26 * 3600;

/** Goes through the hours second by second with the platform's calendar and nothing of ours. */
function slotsByTheSecond(
  expression: RandomExpressionWithSeconds,
  zone: string,
  start: number,
): number[] {
  const [, minuteText = '', hourText = ''] = expression.text.split(' ');
  const followsWallClock = [minuteText, hourText].some((text) => /^[*?]/.test(text));
  const wallOf = wallReader(zone);
  const slots: number[] = [];
  let shown = Number.NEGATIVE_INFINITY;
  for (let at = start - BEFORE_S; at <= start + WINDOW_S; at += 1) {
    const wall = wallOf(at);
    if (at > start) {
      let due = matches(expression, wall);
      if (!followsWallClock) {
        if (wall <= shown) due = false;
        for (let skipped = shown + 1; skipped < wall && !due; skipped += 1) {
          due = matches(expression, skipped);
        }
      }
      if (due) slots.push(at);
    }
    shown = Math.max(shown, wall);
  }
  return slots;
}

/** What clocks show in a second; asks the calendar once a minute where the offset stays the same. */
function wallReader(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (at: number): number => {
    const [, sign, hours, minutes, seconds] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(format.format(at * 1000)) ?? [];
    const offset = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    return sign === '-' ? -offset : offset;
  };
  let from = Number.NaN;
  let [first, last] = [0, 0];
  return (at) => {
    if (at - (at % 60) !== from) {
      from = at - (at % 60);
      [first, last] = [offsetAt(from), offsetAt(from + 59)];
    }
    return at + (first === last ? first : offsetAt(at));
  };
}

function matches(expression: RandomExpressionWithSeconds, wall: number): boolean {
  if (!expression.second.matches(((wall % 60) + 60) % 60)) return false;
  const date = new Date(wall * 1000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return (
    // By the calendar of the zone: the first of these years began in 1969 elsewhere.
    year >= 1970 &&
    year <= 2099 &&
    expression.minute.matches(date.getUTCMinutes()) &&
    expression.hour.matches(date.getUTCHours()) &&
    expression.month.matches(month + 1) &&
    expression.year.matches(year) &&
    expression.dayMatches({
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      daysInMonth: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    })
  );
}

function parse(text: string): CronExpression | 'never' {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof ScheduleError && error.code === 'GITCRON_E_EXPRESSION_NEVER')
      return 'never';
    throw error;
  }
}

function slotsOfEngine(expression: CronExpression, zone: string, start: number): number[] {
  const slots: number[] = [];
  let at = nextSlot(expression, zone, start * 1000);
  while (at !== null && at <= (start + WINDOW_S) * 1000) {
    slots.push(at / 1000);
    at = nextSlot(expression, zone, at);
  }
  return slots;
}

test(
  'the engine agrees with a walk through the seconds, in all spellings',
  () => {
    fc.assert(
      fc.property(
        randomExpressionWithSeconds(),
        zoneAndStart(1970, 2099),
        fc.constantFrom<'start' | 'slot' | 'change'>('start', 'slot', 'change'),
        fc.oneof(fc.nat(2), fc.nat(3600)),
        (random, { zone, start }, target, seconds) => {
          const expression = parse(random.text);
          fc.pre(expression !== 'never');
          const aims = {
            start,
            // Most rules have nothing to do at most times.
            slot: nextSlot(expression, zone, start) ?? start,
            change: spanAt(zone, start).end,
          };
          const from = Math.max(aims[target] / 1000 - seconds, 0);
          expect(slotsOfEngine(expression, zone, from)).toEqual(
            slotsByTheSecond(random, zone, from),
          );
        },
      ),
      { numRuns: RUNS },
    );
  },
  120_000 + RUNS * 250,
);
