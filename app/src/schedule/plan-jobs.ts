import type { PlannedJob } from '../api/plan.ts';
import type { Job } from './job.ts';

/** Jobs as a release's plan keeps them: all that the crontab says, nothing that a switch says. */
export function planJobs(jobs: readonly Job[]): PlannedJob[] {
  return jobs.map(
    ({ slug, title, section, description, command, schedule, environment, settings, line }) => ({
      slug,
      title,
      section,
      description,
      schedule: schedule.source,
      zone: schedule.kind === 'cron' ? schedule.zone : null,
      command,
      environment: { ...environment },
      settings: { ...settings },
      line,
    }),
  );
}
