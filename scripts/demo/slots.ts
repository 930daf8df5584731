import type { EpochMs } from '@gitcron/base/clock';
import { nextSlot } from '../../app/src/schedule/expression/next-slot.ts';
import type { Job } from '../../app/src/schedule/job.ts';
import { follows } from '../../app/src/schedule/following/followers-of.ts';
import { defaultParams } from '../../app/src/schedule/params.ts';
import type { DueRun, Told } from './invent-life.ts';

const DAY_MS = 86_400_000;

/**
 * What the schedule starts from `from` until `to`.
 * @param downSince nothing looked since then: jobs with `@catchup last` make up for their last slot.
 */
export function slotsOf(
  jobs: readonly Job[],
  from: EpochMs,
  to: EpochMs,
  downSince: EpochMs | null,
): DueRun[] {
  return jobs.flatMap((job) => {
    const params = defaultParams(job);
    const onTime = instantsOf(job, from, to).map((at): DueRun => ({
      job,
      at,
      scheduledAt: at,
      trigger: 'schedule',
      requestedBy: null,
      params,
    }));
    const { catchUp } = job.settings;
    const missed = downSince === null ? [] : instantsOf(job, downSince, from);
    const last = missed.at(-1);
    if (catchUp.kind !== 'last' || last === undefined) return onTime;
    if (catchUp.windowMs !== null && from - last > catchUp.windowMs) return onTime;
    const late = { job, at: from + 900, scheduledAt: last, requestedBy: null, params } as const;
    return [{ ...late, trigger: 'catch_up' }, ...onTime];
  });
}

/** What starts because a run has ended. */
export function followersOf(jobs: readonly Job[], { at, of }: NonNullable<Told['end']>): DueRun[] {
  return jobs
    .filter((job) => follows(job, of))
    .map((job) => ({
      ...{ job, at: at + 1, scheduledAt: null, trigger: 'after', requestedBy: null },
      ...{ params: defaultParams(job), after: of },
    }));
}

/** Every instant of its schedule from `from` until `to`. */
export function instantsOf({ schedule }: Job, from: EpochMs, to: EpochMs): EpochMs[] {
  const instants: EpochMs[] = [];
  if (schedule.kind !== 'cron') return instants;
  const { expression, zone } = schedule;
  let at = nextSlot(expression, zone, from - 1);
  while (at !== null && at < to) {
    instants.push(at);
    at = nextSlot(expression, zone, at);
  }
  return instants;
}

/** What people and other programs started by hand. */
const DEEDS = [
  { job: 'invoices', daysAgo: 21.03, trigger: 'retry', requestedBy: 'Ann Lee', params: null },
  { job: 'backup', daysAgo: 16.2, trigger: 'retry', requestedBy: 'Ben Okafor', params: null },
  { job: 'exchange-rates', daysAgo: 15.4, trigger: 'manual', requestedBy: 'Ann Lee', params: null },
  {
    job: 'vat-report',
    daysAgo: 13.4,
    trigger: 'http',
    requestedBy: 'token accountant',
    params: { quarter: '2026-Q2', format: 'csv' },
  },
  { job: 'bank-statements', daysAgo: 6.26, trigger: 'retry', requestedBy: 'Ann Lee', params: null },
  {
    job: 'vat-report',
    daysAgo: 3.3,
    trigger: 'http',
    requestedBy: 'token accountant',
    params: { quarter: '2026-Q3', format: 'pdf' },
  },
  {
    job: 'supplier-catalogues',
    daysAgo: 2.35,
    trigger: 'manual',
    requestedBy: 'Ben Okafor',
    params: null,
    canceledAfterMs: 240_000,
  },
] as const;

/** @returns those that somebody wanted from `from` until `to`. */
export function deedsOf(
  jobs: readonly Job[],
  from: EpochMs,
  to: EpochMs,
  today: EpochMs,
): DueRun[] {
  return DEEDS.flatMap(({ job: slug, daysAgo, ...rest }): DueRun[] => {
    const at = Math.round(today - daysAgo * DAY_MS);
    const job = jobs.find((one) => one.slug === slug);
    return job === undefined || at < from || at >= to
      ? []
      : [{ job, at, scheduledAt: null, ...rest }];
  });
}
