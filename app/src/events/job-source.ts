/** Whose crontab jobs come from: the repository's, or Gitcron's own. */
export const JOB_SOURCES = ['repository', 'system'] as const;
export type JobSource = (typeof JOB_SOURCES)[number];

/** The system's jobs are `system.NAME`; the name of a job of the repository has no dot. */
export const SYSTEM_PREFIX = 'system.';

/** Whose crontab a job stands in. */
export function sourceOf(slug: string): JobSource {
  return slug.startsWith(SYSTEM_PREFIX) ? 'system' : 'repository';
}
