import { isDeepStrictEqual } from 'node:util';
import type { InstalledPackage, PlannedJob } from '../../api/plan.ts';
import type { JobsDiff, PackageChange } from '../../api/release-diff.ts';

/**
 * A job that only stands on another line has not changed; nor has one of which a Gitcron of before
 * kept less.
 */
export function diffJobs(from: readonly PlannedJob[], to: readonly PlannedJob[]): JobsDiff {
  const before = new Map(from.map((job) => [job.slug, job]));
  const after = new Set(to.map(({ slug }) => slug));
  return {
    added: to.filter(({ slug }) => !before.has(slug)),
    removed: from.filter(({ slug }) => !after.has(slug)),
    changed: to.flatMap((job) => {
      const old = before.get(job.slug);
      return old === undefined || isDeepStrictEqual({ ...job, ...old, line: job.line }, job)
        ? []
        : [{ from: old, to: job }];
    }),
  };
}

export function diffPackages(
  from: readonly InstalledPackage[],
  to: readonly InstalledPackage[],
): PackageChange[] {
  const before = new Map(from.map((one) => [keyOf(one), one]));
  const after = new Map(to.map((one) => [keyOf(one), one]));
  return [...new Map([...before, ...after]).values()]
    .map((one) => ({
      language: one.language,
      name: one.name,
      from: before.get(keyOf(one))?.versions ?? [],
      to: after.get(keyOf(one))?.versions ?? [],
    }))
    .filter((change) => !isDeepStrictEqual(change.from, change.to))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function keyOf({ language, name }: InstalledPackage): string {
  return `${language} ${name}`;
}
