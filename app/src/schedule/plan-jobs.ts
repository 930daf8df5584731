import type { PlannedJob } from '../api/plan.ts';
import type { Job } from './job.ts';
import { viewParams } from './params.ts';

/** Jobs as a release's plan keeps them: all that the crontab says, nothing that a switch says. */
export function planJobs(jobs: readonly Job[]): PlannedJob[] {
  return jobs.map((job) => ({
    slug: job.slug,
    title: job.title,
    section: job.section,
    description: job.description,
    schedule: job.schedule.source,
    zone: job.schedule.kind === 'cron' ? job.schedule.zone : null,
    command: job.command,
    params: viewParams(job),
    environment: { ...job.environment },
    settings: { ...job.settings },
    line: job.line,
  }));
}
