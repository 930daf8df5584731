import { expect, it } from 'vitest';
import type { RecordFacts } from '../../src/report/record-needs.ts';
import { judge, lateNeed, type Facts } from '../../src/report/judgement.ts';

const AT = '2026-11-21T10:00:00.000Z';
const MS = Date.parse(AT);

const RECORD: RecordFacts = {
  prepared: true,
  databaseDown: null,
  journalBytes: 0,
  waitingSince: null,
  inMemorySince: null,
  droppingSince: null,
  droppedOutputBytes: 0,
  lostSince: null,
  lostRuns: 0,
};

const WELL: Facts = {
  releaseMissingSince: null,
  now: MS,
  runs: [],
  beating: true,
  lastBeatAt: MS,
  startedAt: MS,
  rejected: null,
  failing: [],
  record: RECORD,
  lockedOut: null,
  unwritten: null,
  sync: { lastSuccessAt: AT, error: null },
};

it('nothing needs anybody when all is well, also where history is not kept and no git-sync is ours', () => {
  expect(judge(WELL)).toEqual([]);
  expect(judge({ ...WELL, record: null, sync: null })).toEqual([]);
});

it.each<[string, Partial<Facts>, object]>([
  ['no release', { releaseMissingSince: MS }, { code: 'no_release', since: AT }],
  ['slots missed', { beating: false }, { code: 'slots_missed', since: AT }],
  [
    'a rejected commit',
    {
      rejected: { revision: 'b'.repeat(40), code: 'GITCRON_E_CRONTAB', since: MS, nextTryAt: null },
    },
    {
      code: 'commit_rejected',
      since: AT,
      sentence: 'The newest commit, bbbbbbb, was not made a release [GITCRON_E_CRONTAB].',
    },
  ],
  [
    'a job that fails',
    { failing: [{ job: 'report', since: MS }] },
    { code: 'job_failing', job: 'report', since: AT },
  ],
  [
    'history before the database is prepared',
    { record: { ...RECORD, prepared: false } },
    { code: 'history_not_written', since: AT },
  ],
  [
    'a database that is away',
    {
      record: {
        ...RECORD,
        journalBytes: 12_300_000,
        databaseDown: { since: MS, reason: 'no route' },
      },
    },
    {
      code: 'history_not_written',
      since: AT,
      sentence:
        'History is not written, the database is away; 12.3 MB wait in the journal: no route',
    },
  ],
  [
    'a database that hangs',
    { record: { ...RECORD, journalBytes: 2000, waitingSince: MS }, now: MS + 120_001 },
    {
      code: 'history_not_written',
      since: AT,
      sentence: 'History is not written, the database does not answer; 2 kB wait in the journal.',
    },
  ],
  [
    'history of runs that is lost',
    { record: { ...RECORD, lostSince: MS, lostRuns: 3 } },
    { code: 'history_lost', since: AT },
  ],
  [
    'a run that found no place for a minute, though others of its kind wait for their own',
    {
      now: MS + 60_000,
      runs: [
        { job: 'late', dueAt: MS, isRunning: false },
        { job: 'late', dueAt: MS + 30_000, isRunning: false },
        { job: 'soon', dueAt: MS + 1, isRunning: false },
        { job: 'long', dueAt: MS - 1e6, isRunning: true },
        { job: 'long', dueAt: MS - 5e5, isRunning: false },
      ],
    },
    { code: 'run_overdue', job: 'late', since: AT },
  ],

  [
    'jobs that cannot log in',
    { lockedOut: { since: MS, error: new Error('No connection is left.') } },
    { code: 'jobs_locked_out', since: AT },
  ],
  [
    'a state volume that takes nothing',
    { unwritten: { since: MS, reason: 'read-only file system' } },
    {
      code: 'state_not_written',
      since: AT,
      sentence:
        'The state volume cannot be written: read-only file system. Jobs run, but what is decided now is refused or lost at the next start, and no commit becomes a release.',
    },
  ],
  [
    'a sync that fails',
    { sync: { lastSuccessAt: AT, error: { message: 'It is away.', code: 'GITCRON_E_REMOTE' } } },
    {
      code: 'sync_failing',
      since: AT,
      sentence: 'No new commit can be had: It is away. [GITCRON_E_REMOTE]',
    },
  ],
])('%s', (_, change, expected) => {
  const needs = judge({ ...WELL, ...change });
  expect(needs).toHaveLength(1);
  expect(needs).toMatchObject([expected]);
});

it('a database that is slow for a moment needs nobody', () => {
  const record = { ...RECORD, waitingSince: MS };
  expect(judge({ ...WELL, record, now: MS + 119_000 })).toEqual([]);
});

it('a process that only waits for its release is on time', () => {
  expect(lateNeed({ beating: false, lastBeatAt: null })).toBe(null);
  expect(lateNeed({ beating: false, lastBeatAt: MS })?.since).toBe(AT);
});
