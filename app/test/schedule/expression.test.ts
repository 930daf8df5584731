import { describe, expect, test } from 'vitest';
import { nextSlot } from '../../src/schedule/expression/next-slot.ts';
import { parseExpression } from '../../src/schedule/expression/parse.ts';
import { ScheduleError } from '../../src/schedule/schedule-error.ts';

function slots(source: string, zone: string, after: string, count: number): string[] {
  const expression = parseExpression(source);
  const found: string[] = [];
  let at: number | null = Date.parse(after);
  while (found.length < count) {
    at = nextSlot(expression, zone, at);
    if (at === null) return [...found, 'over'];
    found.push(new Date(at).toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

function refusal(source: string): ScheduleError {
  try {
    parseExpression(source);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
    throw error;
  }
  throw new Error(`${source} was accepted`);
}

describe('fields', () => {
  test.each([
    ['*/20 * * * *', ['2026-01-01T00:20:00Z', '2026-01-01T00:40:00Z', '2026-01-01T01:00:00Z']],
    ['5/20 * * * *', ['2026-01-01T00:05:00Z', '2026-01-01T00:25:00Z', '2026-01-01T00:45:00Z']],
    [
      '15-30/4,55 * * * *',
      ['2026-01-01T00:15:00Z', '2026-01-01T00:19:00Z', '2026-01-01T00:23:00Z'],
    ],
    ['0 0 * * friday', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z']],
    ['0 0 * * SAT-SUN', ['2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-10T00:00:00Z']],
    ['0 0 * * 6-7', ['2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-10T00:00:00Z']],
    ['0 0 * * 7', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z']],
    ['0 0 * * 0-6/3', ['2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-07T00:00:00Z']],
    ['0 0 * * 7/3', ['2026-01-03T00:00:00Z', '2026-01-04T00:00:00Z', '2026-01-07T00:00:00Z']],
    ['0 0 * * 5/2', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z']],
    ['0 0 1 JAN,december *', ['2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z']],
    ['0 0 L * *', ['2026-01-31T00:00:00Z', '2026-02-28T00:00:00Z', '2026-03-31T00:00:00Z']],
    ['0 0 LW * *', ['2026-01-30T00:00:00Z', '2026-02-27T00:00:00Z', '2026-03-31T00:00:00Z']],
    ['0 0 15W * *', ['2026-01-15T00:00:00Z', '2026-02-16T00:00:00Z', '2026-03-16T00:00:00Z']],
    ['0 0 1W 8 *', ['2026-08-03T00:00:00Z', '2027-08-02T00:00:00Z', '2028-08-01T00:00:00Z']],
    ['0 0 31W * *', ['2026-01-30T00:00:00Z', '2026-03-31T00:00:00Z', '2026-05-29T00:00:00Z']],
    ['0 0 * * 5L', ['2026-01-30T00:00:00Z', '2026-02-27T00:00:00Z', '2026-03-27T00:00:00Z']],
    ['0 0 * * 7L', ['2026-01-25T00:00:00Z', '2026-02-22T00:00:00Z']],
    ['0 0 * * FRI#5', ['2026-01-30T00:00:00Z', '2026-05-29T00:00:00Z']],
    ['0 0 ? * MON#1', ['2026-01-05T00:00:00Z', '2026-02-02T00:00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    // Both day fields restricted: either matches, and a starred step is a restriction.
    ['0 0 13 * 5', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-13T00:00:00Z']],
    ['0 0 */15 * MON', ['2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z', '2026-01-16T00:00:00Z']],
    ['0 0 *,13 * 5', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-16T00:00:00Z']],
    // Six fields: seconds first, unless the sixth can only be a year.
    ['30 15 10 * * *', ['2026-01-01T10:15:30Z', '2026-01-02T10:15:30Z']],
    ['15 10 * * * 2027', ['2027-01-01T10:15:00Z', '2027-01-02T10:15:00Z']],
    ['15 10 1 1 * 2027-2029/2', ['2027-01-01T10:15:00Z', '2029-01-01T10:15:00Z', 'over']],
    ['*/30 0 0 1 1 * 2099', ['2099-01-01T00:00:00Z', '2099-01-01T00:00:30Z', 'over']],
    ['\t0\t0  1 1 *', ['2027-01-01T00:00:00Z']],
    // A year that is past parses, and is over.
    ['0 0 1 1 * 2020', ['over']],
  ])('%s', (source, expected) => {
    expect(slots(source, 'UTC', '2026-01-01T00:00:00Z', expected.length)).toEqual(expected);
  });

  test.each([
    ['*/60 * * * *', 'GITCRON_E_EXPRESSION_STEP', 1],
    ['* */24 * * *', 'GITCRON_E_EXPRESSION_STEP', 3],
    ['*/0 * * * *', 'GITCRON_E_EXPRESSION_STEP', 1],
    ['5-1 * * * *', 'GITCRON_E_EXPRESSION_RANGE', 1],
    ['0 0 * * FRI-MON', 'GITCRON_E_EXPRESSION_RANGE', 9],
    ['60 * * * *', 'GITCRON_E_EXPRESSION_VALUE', 1],
    ['0 24 * * *', 'GITCRON_E_EXPRESSION_VALUE', 3],
    ['0 0 0 * *', 'GITCRON_E_EXPRESSION_VALUE', 5],
    ['0 0 1 13 *', 'GITCRON_E_EXPRESSION_VALUE', 7],
    ['0 0 * * 8', 'GITCRON_E_EXPRESSION_VALUE', 9],
    ['0 0 * * 5#6', 'GITCRON_E_EXPRESSION_VALUE', 9],
    ['0-99999999 * * * *', 'GITCRON_E_EXPRESSION_VALUE', 3],
    ['007 * * * *', 'GITCRON_E_EXPRESSION_VALUE', 1],
    ['0 0 1 1 * 2100', 'GITCRON_E_EXPRESSION_VALUE', 11],
    ['1,61 * * * *', 'GITCRON_E_EXPRESSION_VALUE', 3],
    ['0 0 1 JANFEB *', 'GITCRON_E_EXPRESSION_SYNTAX', 7],
    ['5* * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 1],
    ['1,,2 * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 3],
    ['1- * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 1],
    ['-1 * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 1],
    ['1/2/3 * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 1],
    ['L * * * *', 'GITCRON_E_EXPRESSION_SYNTAX', 1],
    ['0 0 W * *', 'GITCRON_E_EXPRESSION_SYNTAX', 5],
    ['0 0 * * L', 'GITCRON_E_EXPRESSION_SYNTAX', 9],
    ['0 0 5L * *', 'GITCRON_E_EXPRESSION_SYNTAX', 5],
    ['0 0 30 2 *', 'GITCRON_E_EXPRESSION_NEVER', 5],
    ['0 0 31 4,6,9,11 *', 'GITCRON_E_EXPRESSION_NEVER', 5],
    ['0 0 29 2 * 2025-2027', 'GITCRON_E_EXPRESSION_NEVER', 5],
    ['* * * *', 'GITCRON_E_EXPRESSION_FIELDS', 1],
    ['* * * * * * * *', 'GITCRON_E_EXPRESSION_FIELDS', 1],
    ['', 'GITCRON_E_EXPRESSION_FIELDS', 1],
  ])('refuses %j with %s at column %i', (source, code, column) => {
    const error = refusal(source);
    expect({ code: error.code, column: error.column }).toEqual({ code, column });
    expect(error.expected).not.toBe('');
    expect(error.hint).toMatch(/\.$/);
  });
});

describe('clock changes', () => {
  test.each([
    [
      'a slot in the gap runs at its end',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T02:00:00Z',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'also when asked in the last second before the gap',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-29T00:59:59.500Z',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'every second at fixed times, through the gap',
      '* 0-59 0-23 * * *',
      'Europe/Berlin',
      '2026-03-29T00:59:58Z',
      ['2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-03-29T01:00:01Z'],
    ],
    [
      'every second at fixed times, to the hour that is repeated',
      '* 0-59 0-2 * * *',
      'Europe/Berlin',
      '2026-10-25T00:59:58Z',
      ['2026-10-25T00:59:59Z', '2026-10-25T23:00:00Z'],
    ],
    [
      'several in the gap run once',
      '0,15,30 2,3 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00:00Z',
      [
        '2026-03-29T01:00:00Z',
        '2026-03-29T01:15:00Z',
        '2026-03-29T01:30:00Z',
        '2026-03-30T00:00:00Z',
      ],
    ],
    [
      'a leading * in minute follows the clock through the gap',
      '*/30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T02:00:00Z',
      ['2026-03-30T00:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'a leading * in hour too',
      '30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00:00Z',
      ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
    ],
    [
      'a repeated hour: fixed times run the first time only',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ],
    [
      'also when asked in the second pass',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-25T01:10:00Z',
      ['2026-10-26T01:30:00Z'],
    ],
    [
      'a leading * runs in both passes',
      '*/30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      [
        '2026-10-25T00:00:00Z',
        '2026-10-25T00:30:00Z',
        '2026-10-25T01:00:00Z',
        '2026-10-25T01:30:00Z',
        '2026-10-26T01:00:00Z',
      ],
    ],
    [
      'and is found again from the first pass',
      '*/30 2 25 10 *',
      'Europe/Berlin',
      '2026-10-25T00:45:00Z',
      ['2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z', '2027-10-25T00:00:00Z'],
    ],
    [
      'half an hour on Lord Howe, ahead',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
    [
      'half an hour on Lord Howe, back',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00:00Z',
      ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
    ],
    [
      'Apia had no 30 December 2011',
      '15 2 * * *',
      'Pacific/Apia',
      '2011-12-29T13:00:00Z',
      ['2011-12-30T10:00:00Z', '2011-12-30T12:15:00Z', '2011-12-31T12:15:00Z'],
    ],
    [
      'Apia on the wall clock',
      '0 */12 * * *',
      'Pacific/Apia',
      '2011-12-29T13:00:00Z',
      ['2011-12-29T22:00:00Z', '2011-12-30T10:00:00Z', '2011-12-30T22:00:00Z'],
    ],
    [
      'Kwajalein had no 21 August 1993',
      '0 0 21 8 *',
      'Pacific/Kwajalein',
      '1993-08-20T13:00:00Z',
      ['1993-08-21T12:00:00Z', '1994-08-20T12:00:00Z'],
    ],
    [
      'Nuuk skips the last hour of a day',
      '30 23 * * *',
      'America/Nuuk',
      '2038-03-27T12:00:00Z',
      ['2038-03-28T01:00:00Z', '2038-03-29T00:30:00Z'],
    ],
    [
      'Vostok went back seven hours, over midnight, on the wall clock',
      '*/30 17 * * *',
      'Antarctica/Vostok',
      '1994-01-31T10:15:00Z',
      [
        '1994-01-31T10:30:00Z',
        '1994-01-31T17:00:00Z',
        '1994-01-31T17:30:00Z',
        '1994-02-01T17:00:00Z',
      ],
    ],
    [
      'São Paulo skipped midnight',
      '0 0 * * *',
      'America/Sao_Paulo',
      '2018-11-03T12:00:00Z',
      ['2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ],
    [
      'Monrovia was 44 minutes and 30 seconds behind',
      '0 0 * * *',
      'Africa/Monrovia',
      '1972-01-05T12:00:00Z',
      ['1972-01-06T00:44:30Z', '1972-01-07T00:44:30Z', '1972-01-08T00:00:00Z'],
    ],
    [
      'the first instant',
      '0 0 1 1 *',
      'UTC',
      '1969-12-31T23:00:00Z',
      ['1970-01-01T00:00:00Z', '1971-01-01T00:00:00Z'],
    ],
    [
      'the last year',
      '59 23 31 12 *',
      'America/New_York',
      '2098-12-31T00:00:00Z',
      ['2099-01-01T04:59:00Z', '2100-01-01T04:59:00Z', 'over'],
    ],
  ])('%s', (_what, source, zone, after, expected) => {
    expect(slots(source, zone, after, expected.length)).toEqual(expected);
  });
});
