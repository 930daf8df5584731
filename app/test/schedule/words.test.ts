import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeSchedule } from '../../src/schedule/describe.ts';
import type { Schedule } from '../../src/schedule/job.ts';
import { nextDue } from '../../src/schedule/next-due.ts';
import { parseSchedule } from '../../src/schedule/parse-schedule.ts';
import { ScheduleError } from '../../src/schedule/schedule-error.ts';
import { decodeWords, type Moment } from './decode-words.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 3000);

/** Every kind of item that the engine takes in a field, in a list of up to four. */
function field(min: number, max: number, special: readonly fc.Arbitrary<string>[] = []) {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: Math.min(max, 6 + Math.floor(max / 2)) });
  const pair = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const item = fc.oneof(
    value.map(String),
    value.map(String),
    pair,
    fc.tuple(pair, step).map(([range, by]) => `${range}/${by}`),
    fc.tuple(value, step).map(([from, by]) => `${from}/${by}`),
    step.map((by) => `*/${by}`),
    ...special,
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('*', '*', '?') },
    {
      weight: 4,
      arbitrary: fc.array(item, { minLength: 1, maxLength: 4 }).map((all) => all.join(',')),
    },
    { weight: 1, arbitrary: item.map((one) => `*,${one}`) },
  );
}

const weekday = fc.integer({ min: 0, max: 6 });
const expression = fc
  .tuple(
    fc.oneof(fc.constant('0'), field(0, 59)),
    field(0, 59),
    field(0, 23),
    field(1, 31, [
      fc.constantFrom('L', 'LW'),
      fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
    ]),
    field(1, 12, [fc.constantFrom('JAN', 'march', 'Sep-November')]),
    field(0, 6, [
      fc.constantFrom('7', 'SAT-SUN', 'friday'),
      weekday.map((day) => `${day}L`),
      fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([day, nth]) => `${day}#${nth}`),
    ]),
    fc.oneof(fc.constant('*'), field(2026, 2099)),
  )
  .map((fields) => fields.join(' '));

/** Null for a date that never comes, such as 30 February. */
function parsed(text: string): Schedule | null {
  try {
    return parseSchedule(text, 'UTC');
  } catch (error) {
    if (error instanceof ScheduleError && error.code === 'GITCRON_E_EXPRESSION_NEVER') return null;
    throw error;
  }
}

function momentOf(at: number): Moment {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    month,
    year,
    daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

const FROM = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const DISTANCES = [1, 7, 60, 300, 3600, 7200, 86_400, 604_800, 2_678_400, 31_536_000];

test('the words of any schedule, read back, name its slots and no other instant', () => {
  fc.assert(
    fc.property(
      expression,
      fc.array(fc.tuple(fc.constantFrom(...DISTANCES), fc.integer({ min: -9, max: 9 })), {
        minLength: 12,
        maxLength: 12,
      }),
      (text, moves) => {
        const schedule = parsed(text);
        if (schedule === null) return;
        const words = describeSchedule(schedule);
        expect(words).not.toMatch(/undefined|NaN|null|\*| {2}|,,/);
        const asks = decodeWords(words);
        let slot = nextDue(schedule, FROM);
        if (slot === null) return;
        for (const [distance, times] of moves) {
          expect([text, words, new Date(slot), asks(momentOf(slot))]).toEqual([
            text,
            words,
            new Date(slot),
            true,
          ]);
          const at = Math.max(slot + distance * times * SECOND, FROM);
          const isSlot = nextDue(schedule, at - SECOND) === at;
          expect([text, words, new Date(at), asks(momentOf(at))]).toEqual([
            text,
            words,
            new Date(at),
            isSlot,
          ]);
          slot = nextDue(schedule, at) ?? slot;
        }
      },
    ),
    { numRuns: RUNS },
  );
});
