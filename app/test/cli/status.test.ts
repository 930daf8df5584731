import { describe, expect, it } from 'vitest';
import { describeStatus, isWell } from '../../src/cli/status.ts';
import type { StatusView } from '../../src/api/status.ts';

const AT = '2026-11-21T10:00:00Z';

const WELL: NonNullable<StatusView['record']> = {
  lastShippedAt: AT,
  prepared: true,
  journalBytes: 0,
  databaseDown: null,
  droppedOutputBytes: 0,
  lostRuns: 0,
};

const GOOD = 'a'.repeat(40);
const BAD = 'b'.repeat(40);

const STATUS: StatusView = {
  version: '1.0.0',
  host: 'vm',
  startedAt: AT,
  ready: true,
  needs: [],
  release: { revision: GOOD, subject: 'Good', pinned: false, rolledBack: false },
  rejected: null,
  schedule: { beating: true, lastBeatAt: AT, zone: 'UTC', jobs: 7, disabled: 0, failing: [] },
  runs: { running: 0, queued: 0 },
  record: WELL,
  lockedOut: null,
  sync: null,
};

const LOCKED_OUT = {
  since: AT,
  code: 'GITCRON_E_SCRIPTS_LOGIN',
  reason: 'No connection is left.',
  hint: 'It passes.',
};

function line(name: string, change: Partial<StatusView>): string | undefined {
  const text = describeStatus({ ...STATUS, ...change });
  return text.split('\n').find((one) => one.startsWith(name));
}

function history(record: StatusView['record']): string | undefined {
  return line('History', { record });
}

const REJECTED = {
  place: 'app/crontab.txt:3',
  hint: 'Mend it and push.',
  output: [],
  revision: BAD,
  subject: 'Bad\x1b package',
  reason: 'app/crontab.txt has a mistake:\napp/crontab.txt:3:1:\n  60 is not a minute.',
  code: 'GITCRON_E_CRONTAB',
  since: AT,
  willRetry: false,
  tries: 1,
  nextTryAt: null,
};

const FAILING_SYNC = {
  state: 'failing' as const,
  repository: 'https://git.example.com/x.git',
  ref: 'main',
  lastSuccessAt: AT,
  failures: 3,
  error: {
    code: 'GITCRON_E_REMOTE_FAILED',
    message: 'It is away.',
    because: ['git fetch ended with exit status 128: no route'],
    hint: 'Wait.',
  },
};

it('says why the sync fails, and what to do', () => {
  expect(line('Sync', { sync: FAILING_SYNC })).toContain(
    'FAILING, 3 times in a row: It is away. (git fetch ended with exit status 128: no route) [GITCRON_E_REMOTE_FAILED] Wait.',
  );
});

it('says why jobs cannot log in to their database, and what to do', () => {
  expect(line('Database', { lockedOut: LOCKED_OUT })).toMatch(
    /JOBS CANNOT LOG IN since .*: No connection is left\. \[GITCRON_E_SCRIPTS_LOGIN\] It passes\./,
  );
  expect(line('Database', {})).toBeUndefined();
});

describe('gitcron status tells what needs somebody', () => {
  it('first, and ends with 1 for it', () => {
    const needs = [{ code: 'no_release' as const, since: null, sentence: 'There is no release.' }];
    expect(describeStatus({ ...STATUS, needs })).toMatch(/^NEEDS YOU There is no release\.\n/);
    expect([isWell(STATUS), isWell({ ...STATUS, needs })]).toEqual([true, false]);
  });

  it('which commit is rejected and why', () => {
    expect(line('Rejected', {})).toBeUndefined();
    expect(line('Rejected', { rejected: REJECTED })).toBe(
      'Rejected  bbbbbbb “Bad  package”: app/crontab.txt has a mistake: app/crontab.txt:3:1: 60 is not a minute. [GITCRON_E_CRONTAB]',
    );
    const waits = { ...REJECTED, willRetry: true, tries: 3, nextTryAt: AT };
    expect(line('Rejected', { rejected: waits })).toMatch(
      /; tried 3 times, will try again at \d{4}-\d\d-\d\d /,
    );
    expect(line('Rejected', { rejected: { ...REJECTED, tries: 6 } })).toMatch(
      /; tried 6 times, not again$/,
    );
  });

  it('that a rollback is in force, also when its pin is gone', () => {
    const release = { revision: GOOD, subject: 'Good', pinned: false, rolledBack: true };
    expect(line('Release', { release })).toBe('Release   aaaaaaa “Good”, by a rollback');
    expect(line('Release', { release: { ...release, pinned: true } })).toMatch(/, pinned$/);
  });

  it('which jobs fail, and how many when they are many', () => {
    const failing = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(line('Failing', { schedule: { ...STATUS.schedule, failing } })).toContain(
      'the last run of a, b, c, d, e and 2 more DID NOT SUCCEED',
    );
  });
});

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

it('on a terminal no line is longer than it is wide, and each belongs to what it begins under', () => {
  const text = describeStatus({ ...STATUS, rejected: REJECTED }, 60);
  const lines = text.split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(lines.filter((one) => /^ {10}\S/.test(one)).length).toBeGreaterThan(0);
  const together = text.replaceAll(/\n {10}/g, ' ');
  expect(together).toBe(describeStatus({ ...STATUS, rejected: REJECTED }));
});
