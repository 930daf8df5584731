import { expect, test } from 'vitest';
import { Agenda } from '../../src/schedule/agenda.ts';
import { leadFor, LEAD_MS, LONGEST_LEAD_MS } from '../../src/schedule/lead.ts';

const NOW = 1_000_000;

/** An agenda with `count` entries at an instant, or spread over a second that ends with it. */
function crowdAt(agenda: Agenda<string>, at: number, count: number, spreadMs = 0): void {
  for (let index = 0; index < count; index += 1) {
    agenda.add(at - Math.floor((index * spreadMs) / count), `${at}-${index}`);
  }
}

function taken(agenda: Agenda<string>, now: number) {
  const { due, nextAt } = agenda.takeUnprepared(now, LEAD_MS);
  return { count: due.reduce((sum, { entries }) => sum + entries.length, 0), nextAt };
}

test('a few are prepared some seconds ahead, a crowd as early as it is large, and no crowd too early', () => {
  expect(leadFor(1, LEAD_MS)).toBe(LEAD_MS);
  expect(leadFor(200, LEAD_MS)).toBe(LEAD_MS);
  expect(leadFor(1000, LEAD_MS)).toBeGreaterThan(15_000);
  expect(leadFor(100_000, LEAD_MS)).toBe(LONGEST_LEAD_MS);
});

test.each([0, 900])('1,000 that are due within %i ms are one crowd', (spreadMs) => {
  const agenda = new Agenda<string>();
  crowdAt(agenda, NOW + 60_000, 1000, spreadMs);
  const first = taken(agenda, NOW);
  expect(first.count).toBe(0);
  let [count, now] = [0, first.nextAt];
  while (Number.isFinite(now)) {
    const { count: more, nextAt } = taken(agenda, now);
    count += more;
    expect(nextAt).toBeGreaterThan(now);
    now = nextAt;
  }
  expect(count).toBe(1000);
  expect(NOW + 60_000 - first.nextAt).toBeGreaterThan(spreadMs === 0 ? 20_000 : LEAD_MS);
});

test('a single slot before a crowd keeps its own lead, and nobody is prepared twice', () => {
  const agenda = new Agenda<string>();
  crowdAt(agenda, NOW + 10_000, 1);
  crowdAt(agenda, NOW + 15_000, 1000);
  expect(taken(agenda, NOW)).toEqual({ count: 1000, nextAt: NOW + 5000 });
  expect(taken(agenda, NOW + 5000)).toEqual({ count: 1, nextAt: Number.POSITIVE_INFINITY });
});
