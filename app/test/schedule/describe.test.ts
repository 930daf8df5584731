import { describe, expect, test } from 'vitest';
import { describeSchedule } from '../../src/schedule/describe.ts';
import { formatSlot } from '../../src/schedule/format-slot.ts';
import { parseSchedule } from '../../src/schedule/parse-schedule.ts';

describe('in words', () => {
  test.each([
    ['0 2 * * *', 'At 02:00'],
    ['@hourly', 'Every hour'],
    ['@weekly', 'At 00:00, only on Sunday'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['*/40 * * * *', 'At 0 and 40 minutes past the hour'],
    ['0 0 13 * 5', 'At 00:00, on day 13 of the month, or on Friday'],
    ['0 0 * * fridayL', 'At 00:00, on the last Friday of the month'],
    ['0 0 1 April *', 'At 00:00, on day 1 of the month, only in April'],
    ['0 0 1-7,15W * *', 'At 00:00, on days 1-7,15W of the month'],
    ['30 2 * * * 2030', 'At 02:30, only in 2030'],
    ['*/10 * * * * *', 'Every 10 seconds'],
    ['@every 90s', 'Every 90s'],
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
