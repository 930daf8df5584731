import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from '../../src/run/output/line-splitter.ts';

function split(chunks: readonly (Buffer | string)[], maxLineBytes?: number): string[] {
  const splitter = createLineSplitter(maxLineBytes);
  const blocks = chunks.map((chunk) => splitter.push(Buffer.from(chunk)));
  return [...blocks, splitter.end()].flatMap((block) => block?.toString('latin1') ?? []);
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  const sorted = ends.toSorted((a, b) => a - b);
  return sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

const bytesWithoutReturns = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 13 ? 10 : byte))));

test('however the bytes are cut, every byte comes out once and in order', () => {
  fc.assert(
    fc.property(bytesWithoutReturns, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      const text = split(cut(bytes, places)).join('');
      const input = bytes.toString('latin1');
      expect(text).toBe(input === '' || input.endsWith('\n') ? input : `${input}\n`);
    }),
  );
});

test('every block ends with a newline', () => {
  fc.assert(
    fc.property(bytesWithoutReturns, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      for (const block of split(cut(bytes, places))) expect(block).toMatch(/\n$/);
    }),
  );
});

test('whole lines come at once, the unfinished one is kept', () => {
  const splitter = createLineSplitter();
  expect(splitter.push(Buffer.from('a\nb\nc'))?.toString()).toBe('a\nb\n');
  expect(splitter.push(Buffer.from('d'))).toBeNull();
  expect(splitter.push(Buffer.from('\n'))?.toString()).toBe('cd\n');
  expect(splitter.end()).toBeNull();
});

test('an unterminated last line is kept', () => {
  expect(split(['one\ntwo'])).toEqual(['one\n', 'two\n']);
});

test('a line of 10 MiB stays whole', () => {
  const line = 'x'.repeat(10 * 1024 * 1024);
  const chunks = Array.from({ length: 160 }, (_, index) =>
    line.slice(index * 65_536, (index + 1) * 65_536),
  );
  expect(split([...chunks, '\n'])).toEqual([`${line}\n`]);
});

test('a line without end goes out in pieces, none of which tears a character', () => {
  const bytes = Buffer.from('€'.repeat(100));
  const pieces = split(cut(bytes, [50, 100, 150, 200, 250]), 100);
  expect(pieces.length).toBeGreaterThan(1);
  const texts = pieces.map((piece) => Buffer.from(piece, 'latin1').toString().slice(0, -1));
  expect(texts.join('')).toBe('€'.repeat(100));
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(151);
});

test('a progress bar without newlines keeps its last state only', () => {
  const states = Array.from({ length: 10_000 }, (_, index) => `\r${index} of 10000`);
  expect(split(states)).toEqual(['9999 of 10000\n']);
  const trailing = Array.from({ length: 10_000 }, (_, index) => `${index} of 10000\r`);
  expect(split(trailing)).toEqual(['9999 of 10000\r\n']);
});

test('a carriage return at the end of a chunk may be half of a line end', () => {
  expect(split(['line\r', '\nnext'])).toEqual(['line\r\n', 'next\n']);
});
