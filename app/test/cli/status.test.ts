import { describe, expect, it } from 'vitest';
import { describeStatus } from '../../src/cli/status.ts';
import type { StatusView } from '../../src/http/schemas/status.ts';

const AT = '2026-11-21T10:00:00Z';

const WELL: NonNullable<StatusView['record']> = {
  lastShippedAt: AT,
  prepared: true,
  journalBytes: 0,
  databaseDown: null,
  droppedOutputBytes: 0,
  lostRuns: 0,
};

function history(record: StatusView['record']): string | undefined {
  const text = describeStatus({
    version: '1.0.0',
    host: 'vm',
    startedAt: AT,
    ready: true,
    release: null,
    schedule: { beating: true, lastBeatAt: AT, jobs: 0, disabled: 0 },
    runs: { running: 0, queued: 0 },
    record,
    sync: null,
  });
  return text.split('\n').find((line) => line.startsWith('History'));
}

describe('gitcron status tells of history', () => {
  it('that it is written, kept nowhere, or not written yet', () => {
    expect(history(WELL)).toContain('written to the database; 0 KiB wait in the journal');
    expect(history(null)).toContain('not kept');
    expect(history({ ...WELL, prepared: false })).toContain('NOT WRITTEN YET');
  });

  it('what was left out, and how many runs are missing', () => {
    const databaseDown = { since: AT, reason: 'no\x1broute' };
    const record = { ...WELL, databaseDown, droppedOutputBytes: 2048, lostRuns: 3 };
    expect(history(record)).toMatch(/DATABASE AWAY since .* \(no route\)/);
    expect(history(record)).toContain('2 KiB of output had to go; 3 FINISHED RUNS ARE MISSING');
  });
});
