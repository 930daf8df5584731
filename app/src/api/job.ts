import { z } from 'zod';
import { iso } from './instant.ts';
import { jobParamView } from './job-param.ts';
import { runSummaryView } from './run.ts';

export const jobView = z.object({
  slug: z.string(),
  title: z.string().describe('for people: @title, or else the slug'),
  section: z.string().nullable().describe('the heading it stands under: @section'),
  description: z.string(),
  command: z.string(),
  schedule: z.string().describe('as the crontab has it'),
  scheduleText: z.string().describe('in words'),
  zone: z.string().nullable(),
  params: z
    .array(jobParamView)
    .describe('declared by @param; empty: it takes whatever it is given'),
  enabled: z.boolean(),
  switch: z
    .object({ enabled: z.boolean(), at: iso, by: z.string() })
    .nullable()
    .describe('somebody enabled or disabled it; null when only the crontab has spoken'),
  acknowledged: z
    .object({ runId: z.string(), at: iso, by: z.string() })
    .nullable()
    .describe('the failed run that somebody has seen to; it does not count as failing'),
  nextSlots: z.array(iso).describe('the next three'),
  running: z.int().describe('runs that are not over'),
  last: runSummaryView.nullable(),
  lastFailure: runSummaryView.nullable(),
  recent: z.record(z.string(), z.int()).describe('of the last 100 runs that ended, by status'),
});
export type JobView = z.output<typeof jobView>;
