import { expect, it } from 'vitest';
import { judge, type Facts } from '../../src/report/judgement.ts';

const AT = '2026-11-21T10:00:00.000Z';
const MS = Date.parse(AT);

const WELL: Facts = {
  hasRelease: true,
  beating: true,
  lastBeatAt: MS,
  startedAt: MS,
  rejected: null,
  failing: [],
  record: { prepared: true, databaseDown: null },
  lockedOut: null,
  unwritten: null,
  sync: { lastSuccessAt: AT, error: null },
};

it('nothing needs anybody when all is well, also where history is not kept and no git-sync is ours', () => {
  expect(judge(WELL)).toEqual([]);
  expect(judge({ ...WELL, record: null, sync: null })).toEqual([]);
});

it.each<[string, Partial<Facts>, object]>([
  ['no release', { hasRelease: false }, { code: 'no_release', since: null }],
  ['slots missed', { beating: false }, { code: 'slots_missed', since: AT }],
  [
    'a rejected commit',
    { rejected: { revision: 'b'.repeat(40), code: 'GITCRON_E_CRONTAB', nextTryAt: null } },
    {
      code: 'commit_rejected',
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
    { record: { prepared: false, databaseDown: null } },
    { code: 'history_not_written', since: AT },
  ],
  [
    'a database that is away',
    { record: { prepared: true, databaseDown: { since: MS, reason: 'no route' } } },
    {
      code: 'history_not_written',
      since: AT,
      sentence: 'History is not written, the database is away: no route',
    },
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
  expect(judge({ ...WELL, ...change })).toMatchObject([expected]);
});
