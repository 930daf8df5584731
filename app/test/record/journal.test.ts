import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, asyncProperty, integer, nat } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { Journal, type JournalOptions } from '../../src/record/journal/journal.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-journal-'));
});
afterEach(() => rm(directory, { recursive: true }));

function openJournal(segmentBytes = 1_000_000, changes: Partial<JournalOptions> = {}): Journal {
  return new Journal({
    directory,
    segmentBytes,
    overflowBytes: 1_000_000,
    clock: systemClock,
    makeRoom: () => false,
    onTrouble: (error) => {
      throw error;
    },
    onRecovered: () => {},
    onLost: () => {},
    ...changes,
  });
}

const payloadOf = (index: number): Buffer =>
  Buffer.from(`payload ${index} ${'x'.repeat(index % 50)}`);

async function write(count: number, segmentBytes?: number): Promise<void> {
  const journal = openJournal(segmentBytes);
  for (let index = 0; index < count; index += 1) journal.append(payloadOf(index));
  await journal.close();
}

/** Everything that can be read, in small steps, and how each segment ended. */
async function readAll(): Promise<{ payloads: string[]; ends: string[] }> {
  const payloads: string[] = [];
  const ends: string[] = [];
  for (const segment of openJournal().segments) {
    let position = 0;
    let rest: string = 'more';
    while (rest === 'more') {
      const batch = await segment.read(position, segment.end, 100);
      payloads.push(...batch.payloads.map(String));
      position = batch.nextPosition;
      rest = batch.rest;
    }
    ends.push(rest);
  }
  return { payloads, ends };
}

async function onlyFile(): Promise<string> {
  const [name = ''] = await readdir(directory);
  return join(directory, name);
}

const written = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(payloadOf(index)));

describe('a journal', () => {
  it('gives back what was appended, in order, over many files', async () => {
    await write(100, 500);
    expect((await readdir(directory)).length).toBeGreaterThan(5);
    expect((await readAll()).payloads).toEqual(written(100));
  });

  it('reads a payload that is larger than a batch', async () => {
    const journal = openJournal();
    journal.append(Buffer.alloc(300_000, 7));
    await journal.close();
    expect((await readAll()).payloads[0]).toHaveLength(300_000);
  });

  it('keeps every whole frame of a file that was cut off anywhere', async () => {
    await write(20);
    const file = await onlyFile();
    const whole = await readFile(file);
    await assert(
      asyncProperty(nat(whole.length), async (length) => {
        await writeFile(file, whole);
        await truncate(file, length);
        const { payloads, ends } = await readAll();
        expect(payloads).toEqual(written(20).slice(0, payloads.length));
        const frames = payloads.reduce((sum, payload) => sum + payload.length + 8, 0);
        expect(length - frames).toBeLessThan(80);
        expect(ends).toEqual([length === frames ? 'end' : 'torn']);
      }),
    );
  });

  it('comes to an end with a file that is cut off while it is read', async () => {
    await write(20);
    const [segment] = openJournal().segments;
    await truncate(await onlyFile(), 100);
    const batch = await segment?.read(0, segment.end, 1000);
    expect(batch?.payloads.map(String)).toEqual(written(batch?.payloads.length ?? 0));
    expect(batch?.rest).toBe('damaged');
    const rest = await segment?.read(batch?.nextPosition ?? 0, segment.end, 1000);
    expect(rest).toMatchObject({ payloads: [], rest: 'damaged' });
  });

  it('gives back nothing that was changed on the disk', async () => {
    await write(20);
    const file = await onlyFile();
    const whole = await readFile(file);
    await assert(
      asyncProperty(nat(whole.length - 1), integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(whole);
        damaged.writeUInt8((damaged[at] ?? 0) ^ flip, at);
        await writeFile(file, damaged);
        const { payloads, ends } = await readAll();
        expect(payloads).toEqual(written(20).slice(0, payloads.length));
        expect(payloads.length).toBeLessThan(20);
        expect(ends).not.toEqual(['end']);
      }),
    );
  });

  it('does not take zeros at the end for frames', async () => {
    await write(3);
    await appendFile(await onlyFile(), Buffer.alloc(64));
    expect(await readAll()).toEqual({ payloads: written(3), ends: ['damaged'] });
  });

  it('never appends to the file of a predecessor', async () => {
    await write(3);
    await appendFile(await onlyFile(), 'torn');
    await write(3);
    expect((await readAll()).payloads).toEqual([...written(3), ...written(3)]);
  });
});

it.runIf(canMount)(
  'says once that the disk takes nothing, also while all is shipped from memory, and once that it does again (needs the right to mount)',
  async () => {
    const disk = mountSmallDisk(1);
    const told: string[] = [];
    const journal = openJournal(1_000_000, {
      directory: join(disk.path, 'journal'),
      onTrouble: () => told.push('trouble'),
      onRecovered: () => told.push('recovered'),
    });
    try {
      // A page each, so that none fits into what is left of another's.
      const payload = Buffer.alloc(8192);
      journal.append(payload);
      disk.fill();
      for (let round = 0; round < 3; round += 1) {
        journal.append(payload);
        expect(journal.overflow.take(10)).toHaveLength(1);
        journal.overflow.done();
      }
      expect(told).toEqual(['trouble']);
      disk.relieve();
      journal.append(payload);
      journal.append(payload);
      expect(told).toEqual(['trouble', 'recovered']);
      disk.fill();
      journal.append(payload);
      expect(told).toEqual(['trouble', 'recovered', 'trouble']);
    } finally {
      await journal.close();
      disk.remove();
    }
  },
);
