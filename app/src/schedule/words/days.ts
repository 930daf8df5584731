import type { CronExpression, DaysOfMonth, DaysOfWeek } from '../expression/cron-expression.ts';
import { FIRST_YEAR, LAST_YEAR, MONTH_NAMES, WEEKDAY_NAMES } from '../expression/field.ts';
import { joined, listed, membersOf, runInWords } from './numbers.ts';

/** The days of a rule, in words. */
export interface DayWords {
  /** `every day`, `Monday to Friday`, `on day 1 of January`; begins with a word for the days. */
  readonly text: string;
  /** Every day: then it is ` in January`, or nothing, behind the time. */
  readonly behindTime: string | null;
  /** Two rules for the day, and either is enough. */
  readonly either: boolean;
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const ALL_DATES = 2 ** 31 - 1;
const ALL_WEEKDAYS = 127;

export function daysInWords(expression: CronExpression): DayWords {
  const { daysOfMonth, daysOfWeek } = expression;
  const season = seasonOf(expression);
  if (isEveryDay(expression)) {
    return { text: `every day${season.inIt}`, behindTime: season.inIt, either: false };
  }
  const either = daysOfMonth.restricted && daysOfWeek.restricted;
  const rules = [
    ...(daysOfMonth.restricted ? [datesInWords(daysOfMonth, season)] : []),
    ...(daysOfWeek.restricted ? [weekdaysInWords(daysOfWeek, season, !either)] : []),
  ];
  return { text: rules.join(' or '), behindTime: null, either };
}

function isEveryDay({ daysOfMonth, daysOfWeek }: CronExpression): boolean {
  if (daysOfMonth.restricted && daysOfMonth.days === ALL_DATES) return true;
  if (daysOfWeek.restricted) return daysOfWeek.weekdays === ALL_WEEKDAYS;
  return !daysOfMonth.restricted;
}

/** The months and years of a rule. */
interface Season {
  /** ` in January of 2030`; empty when it is all the time. */
  readonly inIt: string;
  /** `of the month`, `of January in 2030`. */
  readonly ofMonth: string;
}

function seasonOf({ months, years }: CronExpression): Season {
  const given = membersOf(months);
  const inYears = years === null ? [] : membersOf(years).map((year) => year + FIRST_YEAR);
  const year = inYears.length <= LAST_YEAR - FIRST_YEAR ? listed(inYears) : '';
  if (given.length === 12) {
    const inIt = year === '' ? '' : ` in ${year}`;
    return { inIt, ofMonth: `of the month${inIt}` };
  }
  const names = listedNames(given.map((month) => [month, MONTH_NAMES[month - 1] ?? '']));
  if (year === '') return { inIt: ` in ${names}`, ofMonth: `of ${names}` };
  return { inIt: ` in ${names} of ${year}`, ofMonth: `of ${names} in ${year}` };
}

function datesInWords(rule: DaysOfMonth, { ofMonth }: Season): string {
  const days = datesOf(rule.days);
  const nearest = datesOf(rule.nearestWorkingDays);
  const parts = [
    days.length === 0 ? '' : `day${plural(days)} ${listed(days)}`,
    nearest.length === 0
      ? ''
      : `the working day${plural(nearest)} nearest to day${plural(nearest)} ${listed(nearest)}`,
    rule.lastDay ? 'the last day' : '',
    rule.lastWorkingDay ? 'the last working day' : '',
  ];
  return `on ${joined(parts.filter((part) => part !== ''))} ${ofMonth}`;
}

function weekdaysInWords(rule: DaysOfWeek, season: Season, alone: boolean): string {
  const weekdays = membersOf([rule.weekdays]);
  const special = [
    ...(rule.nth ?? []).flatMap((nth, index) =>
      membersOf([nth]).map((weekday) => `the ${ORDINALS[index]} ${WEEKDAY_NAMES[weekday]}`),
    ),
    ...membersOf([rule.last]).map((weekday) => `the last ${WEEKDAY_NAMES[weekday]}`),
  ];
  if (special.length === 0) {
    const plainWords = weekdays.length === 1 ? `every ${named(weekdays)}` : named(weekdays);
    return `${alone ? '' : 'on '}${plainWords}${season.inIt}`;
  }
  const plainPart = weekdays.length === 0 ? [] : [`every ${named(weekdays)}`];
  return `on ${joined([...plainPart, ...special])} ${season.ofMonth}`;
}

/** In the order of a week; one that goes on over Sunday begins where it begins. */
function named(weekdays: readonly number[]): string {
  const given = new Set(weekdays);
  let start = 1;
  if (given.has(0) && given.has(1)) {
    while (given.has((start + 6) % 7)) start = (start + 6) % 7;
  }
  const inOrder = [0, 1, 2, 3, 4, 5, 6]
    .filter((index) => given.has((start + index) % 7))
    .map((index): [number, string] => [index, WEEKDAY_NAMES[(start + index) % 7] ?? '']);
  return listedNames(inOrder);
}

/** Names with their places in the year or week: neighbours become a range. */
function listedNames(entries: readonly (readonly [number, string])[]): string {
  const runs: string[][] = [];
  entries.forEach(([place, name], index) => {
    const before = entries[index - 1];
    if (before !== undefined && before[0] === place - 1) runs.at(-1)?.push(name);
    else runs.push([name]);
  });
  return joined(runs.flatMap(runInWords));
}

function datesOf(bits: number): number[] {
  return membersOf([bits]).map((bit) => bit + 1);
}

function plural(members: readonly unknown[]): string {
  return members.length === 1 ? '' : 's';
}
