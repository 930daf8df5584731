import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digitsOf, parseLossless } from '../src/lossless-json.ts';

test.each(['1.0', '1e3', '-0', '12345678901234567890', '0.10', '1E+2', '1e400', '7', '"1.0"'])(
  '%s is written as it was read',
  (text) => {
    expect(JSON.stringify(parseLossless(`{"a":[${text}]}`))).toBe(`{"a":[${text}]}`);
  },
);

test('anything else is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const written = JSON.stringify(parseLossless(text));
      expect(JSON.parse(written)).toEqual(JSON.parse(text));
    }),
  );
  expect([digitsOf(7), digitsOf(parseLossless('7.0')), digitsOf('7'), digitsOf(null)]).toEqual([
    '7',
    '7.0',
    null,
    null,
  ]);
});
