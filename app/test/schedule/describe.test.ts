import { describe, expect, test } from 'vitest';
import { describeSchedule } from '../../src/schedule/describe.ts';
import { formatSlot } from '../../src/schedule/format-slot.ts';
import { parseSchedule } from '../../src/schedule/parse-schedule.ts';

describe('in words', () => {
  test.each([
    ['0 2 * * *', 'Every day at 02:00'],
    ['@hourly', 'Every hour'],
    ['@weekly', 'Every Sunday at 00:00'],
    ['@monthly', 'On day 1 of the month at 00:00'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['*/15 9-17 * * MON-FRI', 'Every 15 minutes from 09:00 to 17:45, Monday to Friday'],
    ['0 8,20 * * SAT-SUN', 'Saturday and Sunday at 08:00 and 20:00'],
    ['0 9 * * SUN-THU', 'Sunday to Thursday at 09:00'],
    ['*/40 * * * *', 'At minutes 0 and 40 of every hour'],
    ['*,3 * * * *', 'Every minute'],
    ['0 0 */10 * *', 'On days 1, 11, 21 and 31 of the month at 00:00'],
    ['0 0 1 */5 *', 'On day 1 of January, June and November at 00:00'],
    ['0 0 1 ? *', 'On day 1 of the month at 00:00'],
    ['0 0 0 1 1 ? ?', 'On day 1 of January at 00:00'],
    ['0 0 13 * 5', 'On day 13 of the month or on every Friday, at 00:00'],
    ['0 0 * * fridayL', 'On the last Friday of the month at 00:00'],
    ['0 0 * * 1#1,MON#3', 'On the first Monday and the third Monday of the month at 00:00'],
    ['0 0 LW 4 *', 'On the last working day of April at 00:00'],
    [
      '0 0 1-7,15W * *',
      'On days 1 to 7 and the working day nearest to day 15 of the month at 00:00',
    ],
    ['30 2 * * * 2030', 'Every day in 2030 at 02:30'],
    ['* * * 1-3 *', 'Every minute in January to March'],
    ['*/10 * * * * *', 'Every 10 seconds'],
    ['30 0 2 * * *', 'Every day at 02:00:30'],
    ['@every 90s', 'Every 90 seconds'],
    ['@every 1h', 'Every hour'],
    ['@every 1h30m', 'Every 1 hour and 30 minutes'],
    ['@reboot', 'Once at every start of Gitcron'],
    ['@manual', 'Only when somebody starts it'],
  ])('%s: %s', (source, words) => {
    expect(describeSchedule(parseSchedule(source, 'UTC'))).toBe(words);
  });
});

test.each([
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', 'Sun 2026-03-29 03:00:00 +02:00'],
  ['2026-03-29T01:00:00Z', 'America/St_Johns', 'Sat 2026-03-28 22:30:00 -02:30'],
  ['2026-03-29T01:00:00Z', 'UTC', 'Sun 2026-03-29 01:00:00 +00:00'],
])('%s in %s is %s', (iso, zone, text) => {
  expect(formatSlot(Date.parse(iso), zone)).toBe(text);
});
