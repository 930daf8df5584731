import { expect, it } from 'vitest';
import { outagesIn } from '../../src/schedule/outages.ts';

const ALL = { from: 0, to: 1000 };

it('are between those who looked after slots, whoever they were', () => {
  const watched = [
    { after: 10, until: 100 },
    { after: 20, until: 50 },
    { after: 60, until: 110 },
    { after: 200, until: 300 },
  ];
  expect(outagesIn(watched, ALL, 300)).toEqual([{ from: 110, until: 200 }]);
  expect(outagesIn(watched, ALL, 400)).toEqual([
    { from: 110, until: 200 },
    { from: 300, until: null },
  ]);
});

it('are told when they reach into the range, and never before the first who looked', () => {
  const watched = [
    { after: 100, until: 200 },
    { after: 300, until: 400 },
  ];
  expect(outagesIn(watched, { from: 250, to: 260 }, 400)).toEqual([{ from: 200, until: 300 }]);
  expect(outagesIn(watched, { from: 300, to: 400 }, 400)).toEqual([]);
  expect(outagesIn(watched, { from: 0, to: 100 }, 400)).toEqual([]);
  expect(outagesIn([], ALL, 400)).toEqual([]);
});
