import { describe, expect, it } from 'vitest';
import { formatTable } from '../../src/cli/table.ts';

const HEAD = ['JOB', 'WHY'];
const ROWS = [
  ['report', 'Exit code 127: a command was not found.'],
  ['x', 'Exit code 0.'],
];

describe('a table', () => {
  it('is as wide as its cells where nobody looks at it', () => {
    expect(formatTable(HEAD, ROWS, undefined)).toBe(
      'JOB     WHY\nreport  Exit code 127: a command was not found.\nx       Exit code 0.',
    );
  });

  it('stays within a terminal by its last column, down to a few letters', () => {
    expect(formatTable(HEAD, ROWS, 30)).toBe(
      'JOB     WHY\nreport  Exit code 127: a comm…\nx       Exit code 0.',
    );
    expect(formatTable(HEAD, ROWS, 5)).toContain('Exit code 127: a c…\n');
  });
});
