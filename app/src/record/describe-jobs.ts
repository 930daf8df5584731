import type { JobDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';

/** The jobs of a crontab as the record keeps them, for a `schedule_replaced` event. */
export function describeJobs(jobs: readonly Job[]): JobDescription[] {
  return jobs.map(({ slug, description, command, schedule, settings, line }) => ({
    slug,
    description,
    command,
    schedule: schedule.source,
    zone: schedule.kind === 'cron' ? schedule.zone : null,
    disabled: settings.disabled,
    line,
  }));
}
