import type { ReleaseDiff } from '../api/release-diff.ts';
import { PLAN_LIMITS } from '../api/plan.ts';
import type { History } from '../record/history/history.ts';
import type { ReleasePlan, Step } from '../record/history/plans.ts';
import { HttpError } from './problem.ts';
import { filesOnWay } from './views/files-on-way.ts';
import { diffJobs, diffPackages } from './views/release-diff.ts';

/**
 * What is different in one release from another, by the beginnings of their hashes.
 * @throws HttpError 404, 409
 */
export async function compareReleases(
  history: History,
  beginnings: { readonly from: string; readonly to: string },
): Promise<ReleaseDiff> {
  const [from, to] = [
    await onePlan(history, beginnings.from),
    await onePlan(history, beginnings.to),
  ];
  return {
    from: nameOf(from),
    to: nameOf(to),
    jobs: from.jobs && to.jobs && diffJobs(from.jobs.items, to.jobs.items),
    packages: from.packages && to.packages && diffPackages(from.packages.items, to.packages.items),
    ...changesOn(await findWayBetween(history, from.revision, to.revision)),
  };
}

export interface Way {
  /** The newest first. */
  readonly steps: readonly Step[];
  /** `removed`: it is gone backwards. */
  readonly direction: 'added' | 'removed';
}

/** Along the revisions that were published one after the other, in whichever direction they lie. */
export async function findWayBetween(
  history: History,
  from: string,
  to: string,
): Promise<Way | null> {
  const forward = await history.way(from, to);
  if (forward !== null) return { steps: forward, direction: 'added' };
  const back = await history.way(to, from);
  return back === null ? null : { steps: back, direction: 'removed' };
}

/** Null where the way is not known. */
export function changesOn(way: Way | null): Pick<ReleaseDiff, 'files' | 'commits'> {
  if (way === null) return { files: null, commits: null };
  const { steps, direction } = way;
  const commits = steps.map((step) => step.commits).filter((known) => known !== null);
  return {
    files: filesOnWay(steps, direction),
    commits:
      commits.length < steps.length
        ? null
        : {
            direction,
            total: commits.reduce((sum, { total }) => sum + total, 0),
            items: commits.flatMap(({ items }) => items).slice(0, PLAN_LIMITS.commits),
          },
  };
}

async function onePlan(history: History, beginning: string): Promise<ReleasePlan> {
  const [plan, another] = await history.plans(beginning);
  if (plan !== undefined && another === undefined) return plan;
  if (plan === undefined) {
    throw new HttpError(404, 'GITCRON_E_NO_RELEASE', `No release begins with "${beginning}".`, {
      hint: 'gitcron releases lists those that are kept; GET /api/v1/revisions all that are remembered.',
    });
  }
  throw new HttpError(409, 'GITCRON_E_AMBIGUOUS', `Several releases begin with "${beginning}".`, {
    hint: 'Give more digits.',
  });
}

function nameOf({ revision, subject, author }: ReleasePlan) {
  return { revision, subject, author };
}
