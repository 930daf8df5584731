import { PLAN_LIMITS, type ChangedFile } from '../../api/plan.ts';
import type { ReleaseDiff } from '../../api/release-diff.ts';
import type { Step } from '../../record/history/plans.ts';

type Files = NonNullable<ReleaseDiff['files']>;

/**
 * The files that differ at the two ends of a way: one that was added and deleted on it does not.
 * @param way the newest step first.
 * @param direction `removed`: the way is gone backwards.
 * @returns null when a step changed more files than were kept, so that they cannot be added up.
 */
export function filesOnWay(way: readonly Step[], direction: 'added' | 'removed'): Files | null {
  const [only, ...others] = way;
  const cut = way.some(({ files }) => files.items.length < files.total);
  if (cut && others.length > 0) return null;
  const changes = new Map<string, ChangedFile['change']>();
  for (const { files } of way.toReversed()) {
    for (const { path, change } of files.items) {
      const sum = join(changes.get(path), change);
      if (sum === null) changes.delete(path);
      else changes.set(path, sum);
    }
  }
  const all = [...changes]
    .map(([path, change]) => ({ path, change: direction === 'added' ? change : REVERSE[change] }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const total = cut && only !== undefined ? only.files.total : all.length;
  return { total, items: all.slice(0, PLAN_LIMITS.files) };
}

const REVERSE = { added: 'deleted', modified: 'modified', deleted: 'added' } as const;

/** What two changes of a file, one after the other, make together. */
function join(
  first: ChangedFile['change'] | undefined,
  second: ChangedFile['change'],
): ChangedFile['change'] | null {
  if (first === undefined) return second;
  if (first === 'added') return second === 'deleted' ? null : 'added';
  // What was deleted and is there again has, as far as is known, another content.
  return second === 'deleted' ? 'deleted' : 'modified';
}
