import { eachOrAllErrors, ScheduleError } from '../schedule-error.ts';
import { addBit, emptyBits, type BitSet } from './bit-set.ts';
import type { CronExpression, DaysOfMonth, DaysOfWeek } from './cron-expression.ts';
import {
  DAY_OF_MONTH,
  DAY_OF_WEEK,
  FIRST_YEAR,
  HOUR,
  LAST_YEAR,
  MINUTE,
  MONTH,
  SECOND,
  YEAR,
  type Field,
} from './field.ts';
import { nextDay } from './next-day.ts';
import { parseField, type Item, type Word } from './parse-field.ts';

/** @throws ScheduleError that names the column, what was expected and how to mend it. */
export function parseExpression(source: string): CronExpression {
  const words = splitWords(source);
  const hasSeconds = words.length === 7 || (words.length === 6 && !canOnlyBeYear(words[5]?.text));
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] = hasSeconds
    ? words
    : [{ text: '0', column: 1 }, ...words];
  if (!second || !minute || !hour || !dayOfMonth || !month || !dayOfWeek || words.length > 7) {
    throw new ScheduleError(
      'GITCRON_E_EXPRESSION_FIELDS',
      `A schedule has 5 fields (6 with seconds, 7 with seconds and year), this one has ${words.length > 7 ? 'more' : words.length}.`,
      {
        column: 1,
        expected: 'minute, hour, day of month, month and day of week',
        hint:
          words.length > 7
            ? 'Put it in quotes: a shell makes file names of a bare *.'
            : 'Write for example "*/5 * * * *" (every five minutes) or "0 2 * * *" (at 02:00).',
      },
    );
  }
  const expression = expressionOf(source, {
    second: [SECOND, second],
    minute: [MINUTE, minute],
    hour: [HOUR, hour],
    dayOfMonth: [DAY_OF_MONTH, dayOfMonth],
    month: [MONTH, month],
    dayOfWeek: [DAY_OF_WEEK, dayOfWeek],
    year: [YEAR, year ?? { text: '*', column: source.length + 1 }],
  });
  if (nextDay(expression, 0) === null) throw neverOccurs(dayOfMonth);
  return expression;
}

type FieldName = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek' | 'year';

/** @throws ScheduleError with the mistakes of all fields. */
function expressionOf(
  source: string,
  fields: Readonly<Record<FieldName, readonly [Field, Word]>>,
): CronExpression {
  const parsed = new Map(
    eachOrAllErrors(Object.values(fields), ([field, word]) => [field, parseField(field, word)]),
  );
  const items = ([field]: readonly [Field, Word]): Item[] => parsed.get(field) ?? [];
  return {
    source,
    seconds: bitsOf(SECOND, items(fields.second)),
    minutes: bitsOf(MINUTE, items(fields.minute)),
    hours: bitsOf(HOUR, items(fields.hour)),
    daysOfMonth: daysOfMonthOf(items(fields.dayOfMonth)),
    months: bitsOf(MONTH, items(fields.month)),
    daysOfWeek: daysOfWeekOf(items(fields.dayOfWeek)),
    years: isAll(fields.year[1]) ? null : bitsOf(YEAR, items(fields.year)),
    followsWallClock: [fields.minute, fields.hour].some(([, { text }]) => /^[*?]/.test(text)),
  };
}

/** The first words of a line, with their columns. */
export function splitWords(text: string, limit = 9): Word[] {
  const words: Word[] = [];
  let start = 0;
  while (words.length < limit) {
    while (isBlank(text, start)) start += 1;
    let end = start;
    while (end < text.length && !isBlank(text, end)) end += 1;
    if (end === start) break;
    words.push({ text: text.slice(start, end), column: start + 1 });
    start = end;
  }
  return words;
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 32 || code === 9;
}

/** A sixth field with a number of four digits is no weekday: supercronic reads it as a year. */
export function canOnlyBeYear(text: string | undefined): boolean {
  return text !== undefined && /^[\d*?/,-]+$/.test(text) && /(^|[,-])\d{4}/.test(text);
}

function isAll(word: Word): boolean {
  return word.text === '*' || word.text === '?';
}

function bitsOf(field: Field, items: readonly Item[]): BitSet {
  const base = field === YEAR ? FIRST_YEAR : 0;
  const bits = emptyBits(field.max - base);
  for (const item of items) {
    const values = valuesOf(field, item);
    for (let value = values.first; value <= values.last; value += values.step) {
      addBit(bits, value - base);
    }
  }
  return bits;
}

function valuesOf(field: Field, item: Item): { first: number; last: number; step: number } {
  if (item.kind === 'values') return item;
  return { first: field.min, last: field.max, step: 1 };
}

function daysOfMonthOf(items: readonly Item[]): DaysOfMonth {
  let days = 0;
  let nearestWorkingDays = 0;
  for (const item of items) {
    if (item.kind === 'values') {
      for (let day = item.first; day <= item.last; day += item.step) days |= 1 << (day - 1);
    } else if (item.kind === 'nearest-working-day') nearestWorkingDays |= 1 << (item.day - 1);
  }
  return {
    restricted: items.every(({ kind }) => kind !== 'all'),
    days,
    nearestWorkingDays,
    lastDay: items.some(({ kind }) => kind === 'last-day'),
    lastWorkingDay: items.some(({ kind }) => kind === 'last-working-day'),
  };
}

function daysOfWeekOf(items: readonly Item[]): DaysOfWeek {
  let weekdays = 0;
  let last = 0;
  let nth: number[] | null = null;
  for (const item of items) {
    if (item.kind === 'values') {
      for (let day = item.first; day <= item.last; day += item.step) weekdays |= 1 << (day % 7);
    } else if (item.kind === 'last-weekday') last |= 1 << item.weekday;
    else if (item.kind === 'nth-weekday') {
      nth ??= [0, 0, 0, 0, 0];
      nth[item.nth - 1] = (nth[item.nth - 1] ?? 0) | (1 << item.weekday);
    }
  }
  return { restricted: items.every(({ kind }) => kind !== 'all'), weekdays, last, nth };
}

function neverOccurs(dayOfMonth: Word): ScheduleError {
  return new ScheduleError(
    'GITCRON_E_EXPRESSION_NEVER',
    `No such date exists between ${FIRST_YEAR} and ${LAST_YEAR}: this schedule would never run.`,
    {
      column: dayOfMonth.column,
      expected: 'a day that the month has',
      hint: 'For the last day of a month write L in the place of the day of month.',
    },
  );
}
