import { useKey } from './keys.tsx';

const ROW = '[data-row]';

/** `j` and `k` go from row to row, Enter opens: what a row opens is its first link. */
export function useRowKeys(): void {
  useKey('j', 'next row', () => step(1));
  useKey('k', 'row before', () => step(-1));
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROW)];
  const active = document.activeElement;
  const at = rows.findIndex((row) => row.contains(active));
  const next = at === -1 ? (by === 1 ? rows[0] : rows.at(-1)) : rows[at + by];
  const target = next?.querySelector<HTMLElement>('a, button');
  target?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}
