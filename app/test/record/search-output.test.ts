import { array, assert, asyncProperty, integer, stringMatching } from 'fast-check';
import { expect, it } from 'vitest';
import type { OutputStream } from '../../src/api/output.ts';
import type { OutputChunk } from '../../src/record/output/chunk.ts';
import { lastLines } from '../../src/record/output/last-lines.ts';
import { searchOutput, type OutputHit, type SearchPlace } from '../../src/record/output/search.ts';

const chunk = (sequence: number, bytes: Buffer | string, stream: OutputStream = 'stdout') =>
  ({ runId: 'run', sequence, attempt: 1, stream, at: 0, bytes: Buffer.from(bytes) }) as const;

/** As the history reads: a few chunks at a time. */
const reading = (chunks: readonly OutputChunk[]) => (after: number) =>
  Promise.resolve(chunks.filter(({ sequence }) => sequence > after).slice(0, 3));

async function search(
  chunks: readonly OutputChunk[],
  text: string,
  { limit = 100, maxBytes = 1e9 } = {},
): Promise<OutputHit[]> {
  const hits: OutputHit[] = [];
  for (let from: SearchPlace | null = null, turn = 0; turn < 1000; turn += 1) {
    const answer = await searchOutput(reading(chunks), text, { from, limit, maxBytes });
    expect(answer.hits.length).toBeLessThanOrEqual(limit);
    hits.push(...answer.hits);
    if (answer.next === null) return hits;
    from = answer.next;
  }
  throw new Error('the search does not end');
}

it('finds a text wherever output was cut, tells each line once, and where it begins', async () => {
  const line = stringMatching(/^[abAB é]{0,12}$/);
  await assert(
    asyncProperty(
      array(line, { maxLength: 12 }),
      stringMatching(/^[abé]{1,3}$/),
      array(integer({ min: 1, max: 9 }), { minLength: 1 }),
      integer({ min: 1, max: 3 }),
      async (lines, text, cuts, limit) => {
        const output = Buffer.from(lines.join('\n'));
        const chunks: OutputChunk[] = [];
        const starts: number[] = [];
        for (let at = 0, index = 0; at < output.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1;
          chunks.push(chunk(chunks.length + 1, output.subarray(at, at + size)));
          starts.push(at);
          at += size;
        }
        const expected: number[] = [];
        let start = 0;
        for (const one of lines) {
          const lower = one.replaceAll(/[AB]/g, (letter) => letter.toLowerCase());
          const found = lower.indexOf(text);
          if (found !== -1) expected.push(start + Buffer.byteLength(one.slice(0, found)));
          start += Buffer.byteLength(one) + 1;
        }
        for (const options of [{ limit }, { maxBytes: 1 }, {}]) {
          const hits = await search(chunks, text, options);
          const places = hits.map(({ sequence, offset }) => (starts[sequence - 1] ?? 0) + offset);
          expect(places).toEqual(expected);
        }
      },
    ),
  );
});

it('keeps streams apart, and what is left out breaks a line', async () => {
  const chunks = [
    chunk(1, 'connection re'),
    chunk(2, 'no word here\n', 'stderr'),
    chunk(3, 'fused\n'),
    chunk(4, 'connection re'),
    chunk(9, 'fused\n'),
  ];
  expect(await search(chunks, 'Connection refused')).toMatchObject([
    { sequence: 1, offset: 0, stream: 'stdout', line: 'connection refused' },
  ]);
});

it('shows of a long line what is near, cut between characters, of bytes too that are no text', async () => {
  const long = `${'é'.repeat(40_000)}needle${'é'.repeat(40_000)}`;
  const [hit] = await search([chunk(1, `first\n${long}\n`)], 'needle');
  expect(hit).toMatchObject({ sequence: 1, offset: 80_006 });
  expect(hit?.line).toMatch(/^é{60}needleé{137}$/);
  const bytes = Buffer.concat([Buffer.from([0xff, 0x00, 0xfe]), Buffer.from('needle')]);
  expect(await search([chunk(1, bytes)], 'NEEDLE')).toMatchObject([{ sequence: 1, offset: 3 }]);
});

it('finds the last lines without reading what is ahead of them', async () => {
  const chunks = Array.from({ length: 2000 }, (_, index) =>
    chunk(index + 1, `line ${index + 1}\n`),
  );
  const asked: number[] = [];
  const read = (before: number, maxBytes: number) => {
    asked.push(before);
    const ahead = chunks.filter(({ sequence }) => sequence < before);
    return Promise.resolve(ahead.slice(-Math.ceil(maxBytes / 1000)));
  };
  const found = await lastLines(read, { lines: 100, maxBytes: 1_000_000 });
  expect(found.at(-1)?.sequence).toBe(2000);
  expect(found[0]?.sequence).toBe(1900);
  expect(asked.length).toBeLessThanOrEqual(2);
  expect(await lastLines(read, { lines: 5000, maxBytes: 1_000_000 })).toHaveLength(2000);
});
