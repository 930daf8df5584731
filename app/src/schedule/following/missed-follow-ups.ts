import type { EpochMs } from '@gitcron/base/clock';
import { withinCatchUp } from '../catch-up.ts';
import type { FollowUp, Job } from '../job.ts';
import { follows } from './followers-of.ts';
import type { NotedEnd } from './follow-notes.ts';

/** The ends that a job was to follow when they came, and that it follows still. */
export function missedEnds(job: Job, ends: readonly NotedEnd[]): NotedEnd[] {
  return ends.filter(({ due, end }) => due.has(job.slug) && follows(job, end));
}

/**
 * What a job is to make up for, oldest first: ends that it was to follow when they came, and did not,
 * because Gitcron was killed or stopped in between. It follows them still, by the crontab in force now.
 */
export function caughtUpFollowUps(job: Job, ends: readonly NotedEnd[], now: EpochMs): FollowUp[] {
  const missed = missedEnds(job, ends).toSorted((a, b) => a.at - b.at);
  return withinCatchUp(job.settings.catchUp, missed, now).map(({ end }) => ({
    job,
    after: end,
    trigger: 'catch_up',
  }));
}
