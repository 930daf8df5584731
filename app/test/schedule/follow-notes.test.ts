import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFollowNotes, type FollowNotes } from '../../src/schedule/following/follow-notes.ts';
import { silentLogger } from '../record/silent-logger.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-notes-'));
  file = join(directory, 'follows.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (): FollowNotes => openFollowNotes(file, silentLogger);

const RUNS = Array.from({ length: 4 }, (_, index) => `01a2143c-7a00-7161-a94d-cab61a794b3${index}`);

function endOf(runId: string) {
  return { runId, job: 'root', status: 'succeeded', result: null } as const;
}

/** All of it, as one can compare it. */
function stateOf({ open: runs, ends }: FollowNotes) {
  return { open: [...runs], ends: [...ends].map(([runId, { due }]) => [runId, [...due]]) };
}

const step = fc.record({
  act: fc.constantFrom('begin', 'end', 'settle', 'settle all', 'open again'),
  runId: fc.constantFrom(...RUNS),
  job: fc.constantFrom('a', 'b', 'c'),
});

test('whatever was noted when it ended is known to the next, and how far each end is settled', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      rmSync(file, { force: true });
      let notes = open();
      for (const { act, runId, job } of steps) {
        if (act === 'begin') notes.begin(runId, 'root');
        if (act === 'end') notes.end({ at: 1, due: new Set(['a', 'b', job]), end: endOf(runId) });
        if (act === 'settle') notes.settle([{ runId, job }]);
        if (act === 'settle all') notes.settle([{ runId, job: null }]);
        if (act !== 'open again') continue;
        const before = stateOf(notes);
        notes.close();
        notes = open();
        expect(stateOf(notes)).toEqual(before);
      }
      notes.close();
    }),
    { numRuns: 60 },
  );
});

test('a line that a kill cut off is left out, and what comes after it is not lost', () => {
  const [first = '', second = '', third = ''] = RUNS;
  let notes = open();
  notes.begin(first, 'root');
  notes.begin(second, 'root');
  notes.close();
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -9));
  notes = open();
  expect([...notes.open.keys()]).toEqual([first]);
  notes.begin(third, 'root');
  notes.close();
  expect([...open().open.keys()]).toEqual([first, third]);
});

test.each([
  ['a directory', () => mkdirSync(file)],
  ['a pipe', () => execFileSync('mkfifo', [file])],
  ['no JSON', () => writeFileSync(file, 'nonsense\n{"open":1}\n')],
])('%s in its place stops nothing', (_, put) => {
  put();
  const [first = ''] = RUNS;
  const notes = open();
  expect(notes.open.size).toBe(0);
  notes.begin(first, 'root');
  notes.end({ at: 1, due: new Set(['a']), end: endOf(first) });
  expect([...notes.ends.keys()]).toEqual([first]);
  notes.close();
});
