import { lowestBit, nextBit } from './bit-set.ts';
import type { CronExpression } from './cron-expression.ts';
import { FIRST_YEAR, LAST_YEAR } from './field.ts';
import { matchingDays } from './matching-days.ts';

export const DAY_MS = 86_400_000;

/**
 * The first day on which the rule matches, from the given day on.
 *
 * Days are counted from 1970-01-01 and belong to a calendar, not to a zone.
 * @returns null when the rule has no day left until 2099.
 */
export function nextDay(expression: CronExpression, fromDay: number): number | null {
  const from = new Date(Math.max(fromDay, 0) * DAY_MS);
  const fromYear = from.getUTCFullYear();
  const fromMonth = from.getUTCMonth() + 1;
  for (
    let year = nextYear(expression, fromYear);
    year !== -1;
    year = nextYear(expression, year + 1)
  ) {
    const firstMonth = year === fromYear ? fromMonth : 1;
    for (
      let month = nextBit(expression.months, firstMonth);
      month !== -1;
      month = nextBit(expression.months, month + 1)
    ) {
      const firstDay = Date.UTC(year, month - 1, 1) / DAY_MS;
      const length = Date.UTC(year, month, 1) / DAY_MS - firstDay;
      // 1970-01-01 was a Thursday.
      let days = matchingDays(expression, { length, firstWeekday: (firstDay + 4) % 7 });
      if (year === fromYear && month === fromMonth) days &= -1 << (from.getUTCDate() - 1);
      if (days !== 0) return firstDay + lowestBit(days);
    }
  }
  return null;
}

function nextYear({ years }: CronExpression, from: number): number {
  if (from > LAST_YEAR) return -1;
  if (years === null) return from;
  const bit = nextBit(years, from - FIRST_YEAR);
  return bit === -1 ? -1 : FIRST_YEAR + bit;
}
