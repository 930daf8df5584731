import type { JobSource } from '../events.ts';

/** The system's jobs are `system.NAME`; the name of a job of the repository has no dot. */
export const SYSTEM_PREFIX = 'system.';

/** Whose crontab a job stands in. */
export function sourceOf(slug: string): JobSource {
  return slug.startsWith(SYSTEM_PREFIX) ? 'system' : 'repository';
}
