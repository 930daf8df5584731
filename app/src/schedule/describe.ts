import cronstrue from 'cronstrue';
import { DAY_OF_WEEK, MONTH } from './expression/field.ts';
import { canOnlyBeYear } from './expression/parse.ts';
import type { Schedule } from './job.ts';

/** A schedule in words: `At 02:00, only on Monday`. */
export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'interval':
      return `Every ${schedule.source.replace(/^@every /, '')}`;
    case 'reboot':
      return 'Once at every start of Gitcron';
    case 'manual':
      return 'Only when somebody starts it';
    case 'cron':
      return describeExpression(schedule.expression.source);
  }
  return schedule satisfies never;
}

const OPTIONS = { use24HourTimeFormat: true, dayOfWeekStartIndexZero: true };

function describeExpression(source: string): string {
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] = sevenFields(source);
  const time = [spelledOut(second, 60), spelledOut(minute, 60), spelledOut(hour, 24)];
  const date = [shortNames(dayOfMonth), shortNames(month), shortNames(dayOfWeek), year];
  try {
    const words = cronstrue.toString([...time, ...date].join(' '), OPTIONS);
    const eitherDay = isRestricted(dayOfMonth) && isRestricted(dayOfWeek);
    // Both day fields restricted: either matches. cronstrue says "and".
    return eitherDay ? words.replace(', and on ', ', or on ') : words;
  } catch {
    // cronstrue throws strings and knows no lists with W; the days then speak for themselves.
    const anyDay = [...time, '*', shortNames(month), '*', year].join(' ');
    const days = [
      isRestricted(dayOfMonth) ? `on days ${dayOfMonth} of the month` : null,
      isRestricted(dayOfWeek) ? `on weekdays ${dayOfWeek}` : null,
    ].filter((text) => text !== null);
    return `${cronstrue.toString(anyDay, OPTIONS)}, ${days.join(' or ')}`;
  }
}

type SevenFields = [string, string, string, string, string, string, string];

function sevenFields(source: string): SevenFields {
  const fields = source.trim().split(/[ \t]+/);
  const withSeconds = fields.length === 7 || (fields.length === 6 && !canOnlyBeYear(fields[5]));
  const [
    second = '0',
    minute = '*',
    hour = '*',
    dayOfMonth = '*',
    month = '*',
    dayOfWeek = '*',
    year = '*',
  ] = withSeconds ? fields : ['0', ...fields];
  return [second, minute, hour, dayOfMonth, month, dayOfWeek, year];
}

function isRestricted(field: string): boolean {
  return !field.split(',').some((item) => item === '*' || item === '?');
}

// Every 40 minutes would be wrong for a step of 40, which means the minutes 0 and 40 of each hour.
function spelledOut(field: string, size: number): string {
  const items = field.split(',').map((item) => {
    const [, start, step = ''] = /^(\*|\d+)\/(\d+)$/.exec(item) ?? [];
    if (start === undefined || size % Number(step) === 0) return item;
    const first = start === '*' ? 0 : Number(start);
    const count = Math.ceil((size - first) / Number(step));
    return Array.from({ length: count }, (_, index) => first + index * Number(step)).join(',');
  });
  return items.some((item) => item === '*' || item === '?') ? '*' : items.join(',');
}

const FULL_NAMES = [...MONTH.names.keys(), ...DAY_OF_WEEK.names.keys()].filter(
  (name) => name.length > 3,
);
const FULL_NAME = new RegExp(FULL_NAMES.join('|'), 'gi');

/** cronstrue knows three letters only. */
function shortNames(field: string): string {
  return field.replaceAll(FULL_NAME, (name) => name.slice(0, 3));
}
