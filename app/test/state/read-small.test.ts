import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAbsence } from '@gitcron/base/absence';
import { openIdempotencyKeys } from '../../src/http/idempotency.ts';
import { ownerOf } from '../../src/record/journal/owner.ts';
import { Segment } from '../../src/record/journal/segment.ts';
import { openHandledSlots } from '../../src/schedule/handled-slots.ts';
import { readRunningFile } from '../../src/run/running-notes.ts';
import { readSmallFile } from '../../src/state/read-small.ts';
import { systemClock } from '@gitcron/base/clock';
import { memoryLog } from '../record/memory-log.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-small-'));
  path = join(directory, 'file');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What a damaged volume, or a restored one, may have in the place of a small file. */
const PLACED: readonly (readonly [string, () => void])[] = [
  ['a directory', () => mkdirSync(path)],
  ['a pipe that nobody writes to', () => execFileSync('mkfifo', [path])],
  ['a link to nothing', () => symlinkSync(join(directory, 'nothing'), path)],
  ['a link to itself', () => symlinkSync(path, path)],
  [
    'three gigabytes',
    () => {
      writeFileSync(path, '');
      truncateSync(path, 3 * 2 ** 30);
    },
  ],
];

it.each(PLACED)('%s is refused at once, and is not taken for an absence', (_, place) => {
  place();
  expect(() => readSmallFile(path)).toThrow(path);
  expect(() => readUnlessAbsent()).toThrow(path);
});

function readUnlessAbsent(): string | null {
  try {
    return readSmallFile(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

it('what is not there is absent', () => {
  expect(() => readSmallFile(path)).toThrow('ENOENT');
});

it.each(PLACED)('where %s is, the logs of the volume are told of and begun anew', (_, place) => {
  place();
  const { logger, lines } = memoryLog();
  expect(readRunningFile(path, logger)).toEqual([]);
  rmSync(`${path}.damaged`, { recursive: true });
  place();
  const slots = openHandledSlots({ file: path, clock: systemClock, logger });
  expect(slots.get('job')).toBeUndefined();
  expect(lines()).toHaveLength(2);
  slots.set('job', { until: 1, schedule: '@daily' });
  slots.note();
  expect(readSmallFile(path)).toContain('@daily');
  expect(lines()).toHaveLength(2);
});

it.each(PLACED)('where %s is, keys are remembered all the same', async (_, place) => {
  place();
  const { logger } = memoryLog();
  const options = { file: path, formerFile: `${path}.former`, clock: systemClock, logger };
  const request = { key: 'one', principal: 'me', slug: 'job', params: null };
  const runId = await openIdempotencyKeys(options).once(request, async ({ settled }) => settled());
  expect(await openIdempotencyKeys(options).once(request, async () => {})).toBe(runId);
});

it.each(PLACED)('where %s is, the name of the journal is made anew', (_, place) => {
  path = join(directory, 'owner');
  place();
  const owner = ownerOf(directory);
  expect(owner).toMatch(/^[0-9a-f-]{36}$/);
  expect(ownerOf(directory)).toBe(owner);
});

it('what has the name of a segment and is no file is none', () => {
  const name = '00000001-01a21414-1088-754b-9226-377868f109b8.journal';
  for (const make of [mkdirSync, (link: string) => symlinkSync(link, link)]) {
    const segment = join(directory, name);
    make(segment);
    expect(Segment.find(segment)).toBeNull();
    rmSync(segment, { recursive: true });
  }
});
