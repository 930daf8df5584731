import { expect, it } from 'vitest';
import { wrap } from '../../src/cli/wrap.ts';

it('breaks between words, and leaves whole what is longer than a line', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('see /a/long/path/of/a/file now', 8)).toEqual([
    'see',
    '/a/long/path/of/a/file',
    'now',
  ]);
  expect(wrap('', 8)).toEqual(['']);
});
