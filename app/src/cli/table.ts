import Table from 'cli-table3';
import { shorten } from './printing.ts';

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

const GAP = '  ';

/** The last column does not become narrower for the sake of a terminal: a date and time. */
const LEAST_LETTERS = 19;

/**
 * A table: columns by their widest cell, no frame, nothing that grep trips over. On a terminal the
 * last column, where there are long texts, gives way, so that a row stays a line.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  terminalColumns = process.stdout.columns,
): string {
  const table = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const others = head.slice(0, -1).map((_, column) => widest([head, ...rows], column) + GAP.length);
  const left = (terminalColumns ?? Infinity) - others.reduce((sum, width) => sum + width, 0);
  const letters = Math.max(left, LEAST_LETTERS);
  table.push(...rows.map((row) => [...row.slice(0, -1), shorten(row.at(-1) ?? '', letters)]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function widest(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((row) => (row[column] ?? '').length));
}
