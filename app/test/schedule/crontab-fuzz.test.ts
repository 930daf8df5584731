import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { nextSlotsOf } from '../../src/schedule/planner.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1500);
const LIMIT_MS = 60_000 + RUNS * 20;
const OPTIONS = { file: 'crontab', defaultZone: 'Europe/Berlin' };

const fragment = fc.constantFrom(
  ...[
    '* * * * * a\n',
    '0 0 30 2 *',
    '*/',
    '0-99999999',
    '@every ',
    '@reboot',
    '# @name x\n',
    '# @catchup all 6h\n',
  ],
  ...[
    'CRON_TZ=',
    'Europe/Berlin',
    'A=',
    '=',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\0',
    '\\',
    '%',
    '"',
    "'",
    '5L',
    '15W',
    'LW',
    'FRI#2',
  ],
  ...[
    'JANFEB',
    '2030',
    '9'.repeat(400),
    '1/1',
    '?',
    ',',
    '-',
    '__proto__=1\n',
    '# @',
    '@tz UTC',
    '\u{2028}',
    '\u{FEFF}',
  ],
);
const text = fc
  .array(fc.oneof(fragment, fc.string({ unit: 'binary' })), { maxLength: 60 })
  .map((parts) => parts.join(''));

/** Either jobs whose slots can be asked for, or problems that say where and what helps. */
function expectJobsOrProblems(content: Uint8Array | string): void {
  const { jobs, problems } = parseCrontab(content, OPTIONS);
  expect(new Set(jobs.map(({ slug }) => slug)).size + problems.length).toBeGreaterThanOrEqual(
    jobs.length,
  );
  for (const job of jobs) {
    expect(job.command.trim()).not.toBe('');
    const slots = nextSlotsOf(job, Date.UTC(2026, 2, 28), 3);
    expect(slots).toEqual(slots.toSorted((a, b) => a - b));
  }
  for (const { code, line, column, expected, hint } of problems) {
    expect(code).toMatch(/^GITCRON_E_/);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(expected).not.toBe('');
    expect(hint).not.toBe('');
  }
}

test(
  'any bytes',
  () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectJobsOrProblems), {
      numRuns: RUNS,
    });
  },
  LIMIT_MS,
);

test(
  'any text that looks a little like a crontab',
  () => {
    fc.assert(fc.property(text, expectJobsOrProblems), { numRuns: RUNS });
  },
  LIMIT_MS,
);

test.each([
  ['no line ends', '*'.repeat(1_000_000)],
  ['empty lines', '\n'.repeat(1_000_000) + '#'],
  ['commas', `${','.repeat(1_000_000)} * * * * a`],
  ['words', '* '.repeat(500_000)],
  ['comments', '#@name\n'.repeat(140_000)],
  ['digits', `${'1'.repeat(1_000_000)} * * * * a`],
  [
    'a variable before each job',
    Array.from({ length: 40_000 }, (_, i) => `V${i}=\n@daily a`).join('\n'),
  ],
  ['one script', '@daily curl\n'.repeat(19_000)],
  ['spaces', `@daily${' '.repeat(1_000_000)}a`],
  ['a long setting', `#@${'a'.repeat(1_000_000)}\u{2028}\n@daily a`],
  ['blanks in a setting', `#@name${' '.repeat(1_000_000)}\u{2028}\n@daily a`],
  ['quotes', `@daily ${`"'`.repeat(60_000)}`],
])('a large file of %s comes to an end', (_what, content) => {
  expect(() => expectJobsOrProblems(content)).not.toThrow();
});
