/** A part of time that is looked at; epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Nearer nothing can be told apart, and further the bars are dust. */
const SHORTEST_MS = 2 * MINUTE_MS;
const LONGEST_MS = 14 * DAY_MS;

export function aroundNow(now: number): Span {
  return { from: now - DAY_MS, to: now + DAY_MS };
}

/** @param times 0.5 shows half of it. @param at where one looks closer, from 0 (left) to 1. */
export function zoom({ from, to }: Span, times: number, at = 0.5): Span {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (to - from) * times));
  const held = from + (to - from) * at;
  return { from: held - length * at, to: held + length * (1 - at) };
}

/** @param share of what is shown; negative goes back. */
export function pan({ from, to }: Span, share: number): Span {
  const by = (to - from) * share;
  return { from: from + by, to: to + by };
}

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24, 48].map((count) => count * HOUR_MS),
];

/** Instants for an axis: round ones in UTC, which are round in most zones. */
export function ticksOf({ from, to }: Span, most: number): readonly number[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= most) ?? 7 * DAY_MS;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, at) => first + at * step);
}
