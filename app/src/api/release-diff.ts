import { z } from 'zod';
import { changedFile, commitView, plannedJob } from './plan.ts';

export const jobsDiff = z.object({
  added: z.array(plannedJob),
  removed: z.array(plannedJob),
  changed: z.array(z.object({ from: plannedJob, to: plannedJob })),
});
export type JobsDiff = z.output<typeof jobsDiff>;

export const packageChange = z.object({
  language: z.enum(['node', 'python']),
  name: z.string(),
  /** Empty: it was not there. */
  from: z.array(z.string()),
  /** Empty: it is not there any more. */
  to: z.array(z.string()),
});
export type PackageChange = z.output<typeof packageChange>;

const named = z.object({ revision: z.string(), subject: z.string(), author: z.string() });

/** What is different in `to`. What is null was not kept of one of the two. */
export const releaseDiff = z.object({
  from: named,
  to: named,
  jobs: jobsDiff.nullable(),
  packages: z.array(packageChange).nullable(),
  files: z
    .object({
      /** Of every file that changed on the way: `items` may hold only the first of them. */
      total: z.number().int(),
      items: z.array(changedFile),
    })
    .nullable(),
  commits: z
    .object({
      /** `added`: `to` has them and `from` has not. `removed`: the other way round. */
      direction: z.enum(['added', 'removed']),
      total: z.number().int(),
      items: z.array(commitView),
    })
    .nullable(),
});
export type ReleaseDiff = z.output<typeof releaseDiff>;

/** What a rollback to a release would do now. */
export const rollbackPreview = z.object({
  from: named.nullable(),
  to: named,
  jobs: jobsDiff,
  /** Whether all that it needs is installed; otherwise it is installed first. */
  dependenciesThere: z.boolean(),
  /** Runs that would go on in the release they began in. */
  runsGoingOn: z.array(z.object({ runId: z.string(), job: z.string() })),
  /** All of it in a sentence. */
  sentence: z.string(),
});
export type RollbackPreview = z.output<typeof rollbackPreview>;
