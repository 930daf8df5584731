import { isDeepStrictEqual } from 'node:util';
import type { JobCrontab } from '../api/job-crontab.ts';
import { maskPlannedJob } from '../events/plan-events.ts';
import { DEFAULT_SETTINGS } from '../schedule/crontab/settings.ts';
import { planJobs } from '../schedule/plan-jobs.ts';
import type { Rooms } from './rooms.ts';
import { findJob } from './start-run.ts';

/** Where a job stands in the crontab in force. @throws HttpError 404 */
export async function describeCrontab(rooms: Rooms, slug: string): Promise<JobCrontab> {
  const { maskText, jobs, releases } = rooms;
  const job = jobs.written(slug) ?? findJob(rooms, slug);
  const { file, text } = await releases.crontab();
  const [planned] = planJobs([job]);
  if (planned === undefined) throw new Error(`${slug} has no plan`);
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_SETTINGS };
  return {
    file,
    release: releases.current()?.name.revision ?? null,
    job: maskPlannedJob(planned, maskText),
    set: Object.entries(job.settings)
      .filter(([name, value]) => !isDeepStrictEqual(value, defaults[name]))
      .map(([name]) => name),
    lines: blockAbove(text, job.line).map((one) => ({ ...one, text: maskText(one.text) })),
  };
}

/** A line and the comments right above it. */
function blockAbove(crontab: string, line: number): { line: number; text: string }[] {
  const lines = crontab.split(/\r?\n/).slice(0, line);
  if (lines.length < line) return [];
  const above = lines.findLastIndex((text, index) => index < line - 1 && !/^\s*#/.test(text));
  return lines.slice(above + 1).map((text, index) => ({ line: above + 2 + index, text }));
}
