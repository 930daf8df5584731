import { z } from 'zod';
import type { JobHistory } from '../../record/history/rows.ts';
import { describeSchedule } from '../../schedule/describe.ts';
import type { Job } from '../../schedule/job.ts';
import type { Rooms } from '../rooms.ts';
import { iso, runSummaryView, toIso, viewSummary } from './run.ts';

export const jobView = z.object({
  slug: z.string(),
  description: z.string(),
  command: z.string(),
  schedule: z.string().describe('as the crontab has it'),
  scheduleText: z.string().describe('in words'),
  zone: z.string().nullable(),
  enabled: z.boolean(),
  switch: z
    .object({ enabled: z.boolean(), at: iso, by: z.string() })
    .nullable()
    .describe('somebody enabled or disabled it; null when only the crontab has spoken'),
  nextSlots: z.array(iso).describe('the next three'),
  running: z.int().describe('runs that are not over'),
  last: runSummaryView.nullable(),
  lastFailure: runSummaryView.nullable(),
  recent: z.record(z.string(), z.int()).describe('of the last 100 runs that ended, by status'),
});
export type JobView = z.output<typeof jobView>;

/** @param history null when it cannot be had. */
export function viewJob(job: Job, history: JobHistory | null, rooms: Rooms): JobView {
  const { slug, description, schedule, settings } = job;
  const change = rooms.jobs.switchOf(slug);
  const last = rooms.board.list().find((run) => run.job === slug) ?? history?.last ?? null;
  const lastFailure = history?.lastFailure ?? null;
  return {
    slug,
    description,
    command: rooms.maskText(job.command),
    schedule: schedule.source,
    scheduleText: describeSchedule(schedule),
    zone: schedule.kind === 'cron' ? schedule.zone : null,
    enabled: !settings.disabled,
    switch: change && { ...change, at: toIso(change.at) },
    nextSlots: rooms.jobs.nextSlots(slug, 3).map((at) => toIso(at)),
    running: rooms.runner.active().filter(({ run }) => run.job === slug).length,
    last: last && viewSummary(last),
    lastFailure: lastFailure && viewSummary(lastFailure),
    recent: history?.recent ?? {},
  };
}
