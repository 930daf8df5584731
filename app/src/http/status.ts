import type { RejectedRevision } from '../release/rejection.ts';
import { isGoneBackTo } from '../release/release.ts';
import { judge, lateNeed, readinessNeed, type Readiness } from '../report/judgement.ts';
import { historyNeed } from '../report/record-needs.ts';
import type { Need } from '../api/need.ts';
import { failingJobs } from './failing-jobs.ts';
import type { Rooms } from './rooms.ts';
import type { StatusView } from '../api/status.ts';
import { toIso } from '../api/instant.ts';

/** Why there is nothing that could run on time; null when all is well. */
export function notReady(rooms: Rooms): Need | null {
  return readinessNeed(readinessOf(rooms));
}

/** Why it is not on time; null also while it only waits for a release. */
export function notOnTime(rooms: Rooms): Need | null {
  return lateNeed(rooms.schedulerHealth());
}

function readinessOf(rooms: Rooms): Readiness {
  return { releaseMissingSince: rooms.releases.missingSince(), ...rooms.schedulerHealth() };
}

/** Whether history reaches the database; jobs do not wait for that. */
export function isHistoryWritten({ record, startedAt }: Rooms): boolean {
  return record !== null && historyNeed(record.recorder.status(), startedAt, Date.now()) === null;
}

/** What somebody has to see to, as far as that is known now. */
export async function findNeeds(rooms: Rooms): Promise<Need[]> {
  const [sync, failing, active] = await Promise.all([
    rooms.sync.status(),
    failingJobs(rooms),
    rooms.runner.active(),
  ]);
  return judge({
    ...readinessOf(rooms),
    now: Date.now(),
    runs: active.map(({ run, status }) => ({
      job: run.job,
      dueAt: run.scheduledAt,
      isRunning: status === 'running',
    })),
    startedAt: rooms.startedAt,
    rejected: rooms.releases.rejected(),
    record: rooms.record?.recorder.status() ?? null,
    lockedOut: rooms.lockedOut(),
    unwritten: rooms.stateUnwritten(),
    sync,
    failing,
  });
}

/** The whole house at a glance. */
export async function viewStatus(rooms: Rooms): Promise<StatusView> {
  const { jobs, runner, record, releases, version, host, startedAt } = rooms;
  const [pinned, sync, needs, active] = await Promise.all([
    releases.pinned(),
    rooms.sync.status(),
    findNeeds(rooms),
    runner.active(),
  ]);
  const release = releases.current();
  const { beating, lastBeatAt } = rooms.schedulerHealth();
  const running = active.filter(({ status }) => status === 'running').length;
  return {
    version,
    host,
    startedAt: toIso(startedAt),
    ready: notReady(rooms) === null,
    needs,
    release: release && {
      revision: release.name.revision,
      subject: release.name.subject,
      pinned: release.name.revision === pinned,
      rolledBack: isGoneBackTo(release),
    },
    rejected: viewRejected(releases.rejected()),
    schedule: {
      beating,
      lastBeatAt: toIso(lastBeatAt),
      zone: jobs.zone,
      jobs: jobs.list().length,
      disabled: jobs.list().filter(({ settings }) => settings.disabled).length,
      failing: needs.flatMap(({ job }) => job ?? []),
    },
    runs: { running, queued: active.length - running },
    record: record && viewRecord(record.recorder.status()),
    lockedOut: viewLockedOut(rooms.lockedOut()),
    sync,
  };
}

function viewLockedOut(lockedOut: ReturnType<Rooms['lockedOut']>): StatusView['lockedOut'] {
  if (lockedOut === null) return null;
  const { message, code, hint } = lockedOut.error;
  return { since: toIso(lockedOut.since), code, reason: message, hint };
}

function viewRejected(rejected: RejectedRevision | null): StatusView['rejected'] {
  return (
    rejected && {
      ...rejected,
      output: [...rejected.output],
      since: toIso(rejected.since),
      willRetry: rejected.nextTryAt !== null,
      nextTryAt: toIso(rejected.nextTryAt),
    }
  );
}

function viewRecord(
  status: ReturnType<NonNullable<Rooms['record']>['recorder']['status']>,
): NonNullable<StatusView['record']> {
  const { databaseDown } = status;
  return {
    ...status,
    lastShippedAt: toIso(status.lastShippedAt),
    databaseDown: databaseDown && {
      since: toIso(databaseDown.since),
      reason: databaseDown.reason,
    },
  };
}
