import { expect, it } from 'vitest';
import type { RunView } from '../../src/api/run.ts';
import { describeRun } from '../../src/cli/describe-run.ts';
import { queuedRun } from '../../src/http/run-board.ts';
import { viewRun } from '../../src/http/views/run.ts';
import { describeRun as describedRun } from '../record/events.ts';

const SLOT = Date.UTC(2026, 10, 21, 2);

function slotLine(changes: Partial<RunView>): string | undefined {
  const run = queuedRun({ at: SLOT, run: describedRun({ scheduledAt: SLOT }) }, 'host');
  return describeRun({ ...viewRun(run), ...changes }).find((line) => line.startsWith('Slot'));
}

const after = (ms: number) => new Date(SLOT + ms).toISOString();

it.each([
  ['on time', { startedAt: after(400) }],
  ['2.5s late: it had to wait for its turn', { startedAt: after(2500) }],
  [
    '2.5s late: nothing could be started in time',
    { queuedAt: after(2400), startedAt: after(2500) },
  ],
  [
    '1h late: made up for by @catchup',
    { queuedAt: after(3_600_000), startedAt: after(3_600_000), trigger: 'catch_up' as const },
  ],
])('says of the slot of a run that it was %s', (words, changes) => {
  expect(slotLine(changes)).toMatch(new RegExp(`, ${words}$`));
});

it('says no more of the slot of a run that has not begun', () => {
  expect(slotLine({})).toMatch(/^Slot +[-\d]+ [:\d]+ \S+$/);
});
