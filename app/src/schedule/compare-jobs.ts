import { isDeepStrictEqual } from 'node:util';
import type { Job } from './job.ts';

/**
 * What became of a job: `same` needs nothing, `changed` runs differently at the same instants,
 * `rescheduled` is due at other instants. Its place in the file and its description do not count.
 */
export function compareJobs(old: Job, job: Job): 'same' | 'changed' | 'rescheduled' {
  if (timing(old) !== timing(job)) return 'rescheduled';
  const same =
    old.command === job.command &&
    isDeepStrictEqual(old.environment, job.environment) &&
    isDeepStrictEqual(old.settings, job.settings) &&
    isDeepStrictEqual(old.params, job.params);
  return same ? 'same' : 'changed';
}

/** The same text means the same instants. */
export function timing({ schedule, settings }: Job): string {
  const zone = schedule.kind === 'cron' ? schedule.zone : '';
  return `${schedule.source} ${zone} +${settings.jitterMs}${settings.disabled ? ' disabled' : ''}`;
}
