import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineFormat, type LineTag } from '../../src/run/output/line-format.ts';

const TAG: LineTag = {
  job: 'report',
  runId: '01a1fd18-1583-7534-8d3a-cfeb90d83717',
  stream: 'stdout',
};
const AT = Date.UTC(2026, 10, 21, 14, 2, 0, 3);

function text(block: string | Buffer, tag = TAG): string[] {
  return lineFormat('text', false, tag)(Buffer.from(block), AT).split('\n').slice(0, -1);
}

function json(block: string | Buffer): { msg: string; [name: string]: unknown }[] {
  const lines = lineFormat('json', false, TAG)(Buffer.from(block), AT).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** What follows the tag. */
function shown(block: string | Buffer): string[] {
  return text(block).map((line) => line.slice(line.indexOf('| ') + 2));
}

test('a text line has time, job, run and stream', () => {
  expect(text('hello\n')[0]).toMatch(/^2026-11-21T.*00\.003\S* report#90d83717 \| hello$/);
  const [line] = text('oh\n', { ...TAG, stream: 'stderr' });
  expect(line).toMatch(/ report#90d83717 ! oh$/);
});

test('a JSON line has the names of the log and of the run', () => {
  expect(json('say "hi"\t\\\n')).toEqual([
    {
      level: 30,
      time: '2026-11-21T14:02:00.003Z',
      room: 'job',
      job: 'report',
      run: TAG.runId,
      stream: 'stdout',
      msg: 'say "hi"\t\\',
    },
  ]);
});

test('any text comes out of JSON as it went in', () => {
  const line = fc.string({ unit: 'binary' }).map((each) => each.replaceAll(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
      expect(json(`${lines.join('\n')}\n`).map(({ msg }) => msg)).toEqual(lines);
    }),
  );
});

test('any bytes give one line each, and no control character reaches the log', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const block = Buffer.concat([Buffer.from(bytes), Buffer.from('\n')]);
      const count = block.toString('latin1').split('\n').length - 1;
      for (const format of ['text', 'json'] as const) {
        const lines = lineFormat(format, false, TAG)(block, AT).split('\n');
        expect(lines.length - 1).toBe(count);
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        for (const each of lines) expect(each).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]/);
      }
    }),
  );
});

test('a job cannot forge a line, move the cursor or turn the text around', () => {
  const forged = '2026-11-21T14:02:00.003Z other#00000000 | all is well';
  for (const trick of [`\u2028${forged}`, `\x0b${forged}`, `\x85${forged}`, `\x1b[1A${forged}`]) {
    const lines = text(`x${trick}\n`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/ report#90d83717 \| x\\/);
  }
  expect(shown('\x1b]0;title\x07\x1b[2J\u202eevil\n')).toEqual([
    String.raw`\x1b]0;title\x07\x1b[2J\u202eevil`,
  ]);
});

test('invalid UTF-8 is shown byte by byte, the valid rest as it is', () => {
  const bytes = Buffer.concat([Buffer.from('grün '), Buffer.of(0xff, 0xc3), Buffer.from(' 😀\n')]);
  expect(shown(bytes)).toEqual([String.raw`grün \xff\xc3 😀`]);
  expect(json(bytes)[0]?.msg).toBe(String.raw`grün \xff\xc3 😀`);
  // Overlong, surrogate and beyond the last character: RFC 3629 forbids all three.
  const forbidden = Buffer.from([0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 10]);
  expect(shown(forbidden)).toEqual([String.raw`\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80`]);
});

test('a line that overwrites itself shows its last state', () => {
  expect(shown('10%\r50%\r100%\nWindows\r\n\rlate\n')).toEqual(['100%', 'Windows', 'late']);
  expect(json('10%\r100%\r\n')[0]?.msg).toBe('100%');
});

test('colors are left out of text and kept in JSON', () => {
  expect(shown('\x1b[1;32mok\x1b[0m done\n')).toEqual(['ok done']);
  expect(json('\x1b[32mok\x1b[0m\n')[0]?.msg).toBe('\x1b[32mok\x1b[0m');
});

test('empty lines stay', () => {
  expect(shown('\n\na\n')).toEqual(['', '', 'a']);
});
