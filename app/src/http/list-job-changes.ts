import { toIso } from '../api/instant.ts';
import type { JobChanges } from '../api/job-crontab.ts';
import type { EventPlace } from '../record/history/events.ts';
import type { History } from '../record/history/history.ts';
import type { JobPlan } from '../record/history/job-plans.ts';
import { eventCursor } from './event-place.ts';
import { diffJobs } from './views/release-diff.ts';

/**
 * What the releases changed of a job, the newest first.
 * @param limit so many releases are looked at.
 */
export async function listJobChanges(
  history: History,
  slug: string,
  { limit, before }: { readonly limit: number; readonly before: EventPlace | undefined },
): Promise<JobChanges> {
  // One more: what the oldest of a page changed shows beside the one before it.
  const plans = await history.jobPlans(slug, limit + 1, before);
  const isLast = plans.length <= limit;
  const page = isLast ? plans : plans.slice(0, -1);
  const items = page.flatMap((plan, index) => changeBetween(plans[index + 1] ?? null, plan));
  const oldest = page.at(-1);
  return { items, next: isLast || oldest === undefined ? null : eventCursor(oldest) };
}

function changeBetween(before: JobPlan | null, after: JobPlan): JobChanges['items'] {
  const [from, to] = [before?.job ?? null, after.job];
  const { added, removed, changed } = diffJobs(from ? [from] : [], to ? [to] : []);
  if (added.length + removed.length + changed.length === 0) return [];
  const { at, revision: release, subject, author, reason } = after;
  const change = kindOf(from !== null, to !== null, before === null);
  return [{ at: toIso(at), release, subject, author, reason, change, from, to }];
}

function kindOf(
  was: boolean,
  is: boolean,
  isFirst: boolean,
): 'first' | 'added' | 'removed' | 'changed' {
  if (was) return is ? 'changed' : 'removed';
  return isFirst ? 'first' : 'added';
}
