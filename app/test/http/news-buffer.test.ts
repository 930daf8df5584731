import { expect, it } from 'vitest';
import { NewsBuffer } from '../../src/http/news-buffer.ts';

const numbers = (buffer: NewsBuffer, after: number) =>
  buffer.after(after)?.map(({ number }) => number);

it('keeps ten minutes of news, and says when what came after a place is gone', () => {
  const buffer = new NewsBuffer();
  for (let minute = 0; minute < 6000; minute += 1) buffer.add('run', '{}', minute * 1000);
  expect(buffer.end).toBe(6000);
  expect(numbers(buffer, 5998)).toEqual([5999, 6000]);
  expect(numbers(buffer, 6000)).toEqual([]);
  expect(buffer.after(1)).toBeNull();
  // Ten minutes are six hundred of them; what is thrown away is thrown away some at a time.
  const kept = Array.from({ length: 6000 }, (_, number) => buffer.after(number)).filter(Boolean);
  expect(kept.length).toBeGreaterThanOrEqual(600);
  expect(kept.length).toBeLessThanOrEqual(600 + 501);
});

it('keeps so many at most, however fast they come', () => {
  const buffer = new NewsBuffer();
  for (let count = 0; count < 20_000; count += 1) buffer.add('run', '{}', 0);
  expect(buffer.after(14_000)).toBeNull();
  expect(buffer.after(15_001)?.length).toBe(4999);
});

it('knows its own places only, and none behind a gap', () => {
  const buffer = new NewsBuffer();
  buffer.add('run', '{}', 0);
  const place = buffer.placeOf(1);
  expect(buffer.numberAt(place)).toBe(1);
  expect(buffer.numberAt(buffer.placeOf(0))).toBe(0);
  for (const other of ['', 'x', place.replace(/\.1$/, '.2'), new NewsBuffer().placeOf(0), '1']) {
    expect(buffer.numberAt(other)).toBeNull();
  }
  buffer.skip();
  expect(buffer.numberAt(place)).toBeNull();
  expect(buffer.numberAt(buffer.placeOf(2))).toBe(2);
});
