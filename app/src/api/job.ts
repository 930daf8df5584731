import { z } from 'zod';
import { iso } from './instant.ts';
import { jobParamView } from './job-param.ts';
import { RUN_STATUSES, runSummaryView } from './run.ts';

/** A run as one mark in a row of them. */
export const runMark = z.object({
  id: z.uuid(),
  status: z.enum(RUN_STATUSES),
  queuedAt: iso,
  durationMs: z.int().nullable(),
});
export type RunMarkView = z.output<typeof runMark>;

/** How a job did lately. */
export const lately = z.object({
  runs: z.array(runMark).describe('the newest first'),
  usualMs: z.int().nullable().describe('the median of those that succeeded; null when none did'),
});

/** How long the runs of a job took, over time. */
export const durationsView = z.object({
  from: iso.describe('from when on runs are counted; later than asked for where they are too many'),
  to: iso,
  spans: z
    .array(
      z.object({
        from: iso,
        runs: z.int(),
        succeeded: z.int(),
        shortestMs: z.int().nullable(),
        medianMs: z.int().nullable(),
        longestMs: z.int().nullable(),
      }),
    )
    .describe('of equal length; those in which no run ended are left out'),
  releases: z
    .array(z.object({ revision: z.string(), at: iso }))
    .describe('when the first run of each release was, in that time'),
});

/** `failed` is failed, timed out or lost; `ended` is every end but skipped. */
export const FOLLOWED_ENDS = ['succeeded', 'failed', 'ended'] as const;

export const jobView = z.object({
  slug: z.string(),
  title: z.string().describe('for people: @title, or else the slug'),
  section: z.string().nullable().describe('the heading it stands under: @section'),
  description: z.string(),
  command: z.string(),
  schedule: z.string().describe('as the crontab has it'),
  scheduleText: z.string().describe('in words'),
  zone: z.string().nullable(),
  after: z
    .object({ job: z.string(), when: z.enum(FOLLOWED_ENDS) })
    .nullable()
    .describe('the job that it follows, and after which ends of its runs'),
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
  lately: lately.optional().describe('where `runs` asked for it'),
});
export type JobView = z.output<typeof jobView>;
