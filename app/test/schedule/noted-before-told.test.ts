import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { openHandledSlots } from '../../src/schedule/handled-slots.ts';
import type { Job } from '../../src/schedule/job.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { VirtualClock } from './virtual-clock.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-noted-'));
  file = join(directory, 'handled-slots.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

const START = '2026-11-21T10:00:00.500Z';
const logger = pino({ level: 'silent' });

function jobs(crontab: string): readonly Job[] {
  return parseCrontab(`# @name j\n# @catchup all\n${crontab}`, {
    file: 'crontab',
    defaultZone: 'UTC',
  }).jobs;
}

/** @param ownClock beside the slots': it writes nothing of its own accord where that stands still. */
function schedulerOn(clock: VirtualClock, ownClock: VirtualClock, fired: string[]): Scheduler {
  return new Scheduler({
    clock,
    logger,
    handledSlots: openHandledSlots({ file, clock: ownClock, logger }),
    minuteBeat: () => ({ stop() {} }),
    dispatcher: {
      prepare() {},
      withdraw() {},
      fire: ({ at, trigger }) => void fired.push(`${trigger} ${new Date(at).toISOString()}`),
    },
  });
}

const EVERY_SECOND = '* * * * * * * true';
const started = (crontab: string) => (scheduler: Scheduler) => {
  scheduler.replace('repository', crontab === '' ? [] : jobs(crontab));
  scheduler.start();
};

test.each([
  ['of a first start', started(EVERY_SECOND)],
  [
    'of a crontab that came while it was at work',
    (scheduler: Scheduler) => {
      started('')(scheduler);
      scheduler.replace('repository', jobs(EVERY_SECOND));
    },
  ],
  [
    'of a schedule that was changed while it was at work',
    (scheduler: Scheduler) => {
      started('@daily true')(scheduler);
      scheduler.replace('repository', jobs(EVERY_SECOND));
    },
  ],
])('the first slot %s is made up for by the successor of one that was killed then', (_, drive) => {
  const clock = new VirtualClock(START);
  const fired: string[] = [];
  drive(schedulerOn(clock, new VirtualClock(START), fired));
  clock.pass(1000);
  expect(fired).toEqual(['schedule 2026-11-21T10:00:01.000Z']);

  // Killed when history had the slot, and nothing else was written of it.
  const madeUpFor: string[] = [];
  started(EVERY_SECOND)(schedulerOn(clock, clock, madeUpFor));
  expect(madeUpFor).toEqual(['catch_up 2026-11-21T10:00:01.000Z']);
});
