import type { CronExpression } from './expression/cron-expression.ts';
import type { Schedule } from './job.ts';
import { clockInWords } from './words/clock.ts';
import { daysInWords } from './words/days.ts';
import { joined } from './words/numbers.ts';

/**
 * A schedule in words: `Monday to Friday at 02:00`. Told from what was read and not from how it was
 * written, so that every schedule that runs has words, and they say when it runs.
 */
export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'interval':
      return `Every ${intervalInWords(schedule.source)}`;
    case 'reboot':
      return 'Once at every start of Gitcron';
    case 'manual':
      return 'Only when somebody starts it';
    case 'after':
      return `After ${followedInWords(schedule)}`;
    case 'cron':
      return describeExpression(schedule.expression);
  }
  return schedule satisfies never;
}

/** `nightly-report succeeded` */
export function followedInWords({ job, when }: Extract<Schedule, { kind: 'after' }>): string {
  return `${job} ${when}`;
}

function describeExpression(expression: CronExpression): string {
  const clock = clockInWords(expression);
  const { text: days, behindTime, either } = daysInWords(expression);
  if (clock.fixed) return capitalized(`${days}${either ? ',' : ''} ${clock.text}`);
  return capitalized(behindTime === null ? `${clock.text}, ${days}` : clock.text + behindTime);
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'day'],
  ['h', 'hour'],
  ['m', 'minute'],
  ['s', 'second'],
]);

/** `@every 1h30m`: 1 hour and 30 minutes. */
function intervalInWords(source: string): string {
  const parts = [...source.matchAll(/(\d+)([dhms])/g)]
    .map(([, count, unit = '']) => ({ count: Number(count), unit: UNITS.get(unit) ?? '' }))
    .filter(({ count }) => count > 0);
  const [first] = parts;
  if (parts.length === 1 && first?.count === 1) return first.unit;
  return joined(parts.map(({ count, unit }) => `${count} ${unit}${count === 1 ? '' : 's'}`));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
