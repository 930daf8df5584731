import { z } from 'zod';
import { iso } from './instant.ts';
import { plannedJob } from './plan.ts';

/** Where a job stands in the crontab in force, and all that it says there. */
export const jobCrontab = z.object({
  file: z.string().describe('in the repository'),
  release: z.string().nullable(),
  job: plannedJob.describe('with every default filled in; no switch is in it'),
  set: z.array(z.string()).describe('the settings that the crontab sets; the others are defaults'),
  lines: z
    .array(z.object({ line: z.int(), text: z.string() }))
    .describe('its line and the comments right above it; empty where the file cannot be read'),
});
export type JobCrontab = z.output<typeof jobCrontab>;

/** What a release that became current changed of a job. */
export const jobChange = z.object({
  at: iso,
  release: z.string(),
  subject: z.string(),
  author: z.string(),
  reason: z.enum(['new revision', 'rollback']).describe('why the release became current'),
  change: z
    .enum(['first', 'added', 'removed', 'changed'])
    .describe('first: it was there in the first release that is remembered'),
  from: plannedJob.nullable(),
  to: plannedJob.nullable(),
});

export const jobChanges = z.object({
  items: z.array(jobChange).describe('the newest first'),
  next: z
    .string()
    .nullable()
    .describe('`before` for the next page, also where this one is empty; null at the end'),
});
export type JobChanges = z.output<typeof jobChanges>;
