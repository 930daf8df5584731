import type { Predecessor } from '../../events/run-description.ts';
import type { FollowedEnd, Job } from '../job.ts';

const FAILURES: ReadonlySet<Predecessor['status']> = new Set(['failed', 'timed_out', 'lost']);

function isSuch(status: Predecessor['status'], end: FollowedEnd): boolean {
  if (end === 'ended') return status !== 'skipped';
  return end === 'succeeded' ? status === 'succeeded' : FAILURES.has(status);
}

/** Whether a run of this job is to follow that end. */
export function follows({ schedule, settings }: Job, end: Predecessor): boolean {
  if (schedule.kind !== 'after' || schedule.job !== end.job || settings.disabled) return false;
  return isSuch(end.status, schedule.when);
}
