import { lowestBit } from './bit-set.ts';
import type { CronExpression, DaysOfMonth, DaysOfWeek } from './cron-expression.ts';

/** A month of the calendar. */
export interface Month {
  /** 28 to 31. */
  readonly length: number;
  /** The weekday of its first day; Sunday is 0. */
  readonly firstWeekday: number;
}

/**
 * The days of a month on which the rule matches, as a bitmap; day 1 is bit 0.
 *
 * If both day fields are restricted, either matches (crontab(5)). A starred step counts as
 * restricted, as in supercronic.
 */
export function matchingDays(expression: CronExpression, month: Month): number {
  const { daysOfMonth, daysOfWeek } = expression;
  const everyDay = 2 ** month.length - 1;
  if (!daysOfMonth.restricted && !daysOfWeek.restricted) return everyDay;
  const byDate = daysOfMonth.restricted ? matchingDates(daysOfMonth, month) : 0;
  const byWeekday = daysOfWeek.restricted ? matchingWeekdays(daysOfWeek, month) : 0;
  return (byDate | byWeekday) & everyDay;
}

function matchingDates(rule: DaysOfMonth, month: Month): number {
  let days = rule.days;
  if (rule.lastDay) days |= 1 << (month.length - 1);
  if (rule.lastWorkingDay) days |= 1 << (nearestWorkingDay(month, month.length) - 1);
  for (let rest = rule.nearestWorkingDays; rest !== 0; rest &= rest - 1) {
    const day = lowestBit(rest) + 1;
    if (day <= month.length) days |= 1 << (nearestWorkingDay(month, day) - 1);
  }
  return days;
}

/** Saturday gives way to Friday and Sunday to Monday, but never to another month. */
function nearestWorkingDay(month: Month, day: number): number {
  const weekday = (month.firstWeekday + day - 1) % 7;
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < month.length ? day + 1 : day - 2;
  return day;
}

function matchingWeekdays(rule: DaysOfWeek, month: Month): number {
  const week = weekFrom(month.firstWeekday, rule.weekdays);
  let days = week | (week << 7) | (week << 14) | (week << 21) | (week << 28);
  rule.nth?.forEach((weekdays, index) => {
    days |= weekFrom(month.firstWeekday, weekdays) << (7 * index);
  });
  if (rule.last !== 0) {
    const lastWeek = month.length - 7;
    days |= weekFrom((month.firstWeekday + lastWeek) % 7, rule.last) << lastWeek;
  }
  return days;
}

/** Seven days as a bitmap that begins on the given weekday in the place of Sunday. */
function weekFrom(firstWeekday: number, weekdays: number): number {
  return ((weekdays >> firstWeekday) | (weekdays << (7 - firstWeekday))) & 127;
}
