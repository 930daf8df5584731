import { toIso } from '../../api/instant.ts';
import type { JobView } from '../../api/job.ts';
import { isOpen, type JobHistory, type RunSummary } from '../../record/history/rows.ts';
import { describeSchedule } from '../../schedule/describe.ts';
import type { Job } from '../../schedule/job.ts';
import { viewParams } from '../../schedule/params.ts';
import { maskJobParams } from '../../events/plan-events.ts';
import type { Rooms } from '../rooms.ts';
import { byNewest } from '../run-place.ts';
import { viewSummary } from './run.ts';

/** Describing thousands of schedules takes a moment in which no job could start. */
const inWords = new WeakMap<Job['schedule'], string>();

/** @param history how jobs went before, by slug; empty when that cannot be had. */
export async function viewJobs(
  jobs: readonly Job[],
  history: readonly JobHistory[],
  rooms: Rooms,
): Promise<JobView[]> {
  const histories = new Map(history.map((job) => [job.slug, job]));
  const running = Map.groupBy(await rooms.runner.active(), ({ run }) => run.job);
  return jobs.map((job) => {
    const past = histories.get(job.slug) ?? null;
    return viewJob(job, past, running.get(job.slug)?.length ?? 0, rooms);
  });
}

function viewJob(job: Job, past: JobHistory | null, running: number, rooms: Rooms): JobView {
  const { slug, description, schedule, settings } = job;
  const change = rooms.jobs.switchOf(slug);
  const { board } = rooms;
  const last = newest(past?.last ?? null, board.last(slug));
  const lastFailure = newest(past?.lastFailure ?? null, board.lastFailure(slug));
  const acknowledged = rooms.acknowledgements.get(slug);
  return {
    slug,
    title: rooms.maskText(job.title),
    section: job.section === null ? null : rooms.maskText(job.section),
    description: rooms.maskText(description),
    command: rooms.maskText(job.command),
    schedule: schedule.source,
    scheduleText: words(schedule),
    zone: schedule.kind === 'cron' ? schedule.zone : null,
    after: schedule.kind === 'after' ? { job: schedule.job, when: schedule.when } : null,
    params: maskJobParams(viewParams(job), rooms.maskText),
    enabled: !settings.disabled,
    switch: change && { ...change, at: toIso(change.at) },
    acknowledged: acknowledged && { ...acknowledged, at: toIso(acknowledged.at) },
    nextSlots: rooms.jobs.nextSlots(slug, 3).map((at) => toIso(at)),
    running,
    last: last && viewSummary(last),
    lastFailure: lastFailure && viewSummary(lastFailure),
    recent: past?.recent ?? {},
  };
}

/** What is over and stored is told by the record alone. */
function newest(stored: RunSummary | null, known: RunSummary | null): RunSummary | null {
  if (stored === null || known === null) return stored ?? known;
  if (stored.runId === known.runId) return isOpen(stored) ? known : stored;
  return byNewest(stored, known) < 0 ? stored : known;
}

function words(schedule: Job['schedule']): string {
  const known = inWords.get(schedule) ?? describeSchedule(schedule);
  inWords.set(schedule, known);
  return known;
}
