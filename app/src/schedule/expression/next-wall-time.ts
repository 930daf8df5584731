import { nextBit } from './bit-set.ts';
import type { CronExpression } from './cron-expression.ts';
import { DAY_MS, nextDay } from './next-day.ts';

/**
 * What a clock on the wall shows, as milliseconds since 1970-01-01 00:00 on that clock.
 * Not an instant: a zone's offset makes one of it.
 */
export type WallMs = number;

/** The first wall time from the given one on at which the rule matches; null when none is left. */
export function nextWallTime(expression: CronExpression, from: WallMs): WallMs | null {
  const fromSeconds = Math.ceil(from / 1000);
  const fromDay = Math.floor(fromSeconds / 86_400);
  const day = nextDay(expression, fromDay);
  if (day === null) return null;
  if (day > fromDay) return day * DAY_MS + timeOfDay(expression, 0) * 1000;
  const seconds = timeOfDay(expression, fromSeconds - fromDay * 86_400);
  if (seconds !== -1) return day * DAY_MS + seconds * 1000;
  const later = nextDay(expression, fromDay + 1);
  return later === null ? null : later * DAY_MS + timeOfDay(expression, 0) * 1000;
}

/** The first matching second of a day from the given one on; -1 when the day has none left. */
function timeOfDay({ hours, minutes, seconds }: CronExpression, from: number): number {
  const fromHour = Math.floor(from / 3600);
  const fromMinute = Math.floor(from / 60) % 60;
  const hour = nextBit(hours, fromHour);
  if (hour === fromHour) {
    const minute = nextBit(minutes, fromMinute);
    if (minute === fromMinute) {
      const second = nextBit(seconds, from % 60);
      if (second !== -1) return hour * 3600 + minute * 60 + second;
    }
    const later = minute === fromMinute ? nextBit(minutes, fromMinute + 1) : minute;
    if (later !== -1) return hour * 3600 + later * 60 + nextBit(seconds, 0);
  }
  const later = hour === fromHour ? nextBit(hours, fromHour + 1) : hour;
  if (later === -1) return -1;
  return later * 3600 + nextBit(minutes, 0) * 60 + nextBit(seconds, 0);
}
