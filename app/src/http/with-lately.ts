import type { JobView } from '../api/job.ts';
import type { RunMark } from '../record/history/lately.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { viewLately } from './views/lately.ts';

type Strips = ReadonlyMap<string, readonly RunMark[]>;

/**
 * The last runs of jobs as history has them; null while it cannot be had, or none are wanted. Not
 * awaited by whoever reads something else meanwhile.
 * @param slug - null: of all.
 */
export async function readLately(
  rooms: Rooms,
  limit: number,
  slug: string | null,
): Promise<Strips | null> {
  if (limit === 0) return null;
  return readHistoryIfThere(PATIENCE_MS.jobs, rooms, (history) => history.lately(limit, slug));
}

/** Jobs with so many of their last runs; as they are for none. */
export function withLately(
  rooms: Rooms,
  jobs: readonly JobView[],
  { stored, limit }: { readonly stored: Strips | null; readonly limit: number },
): JobView[] {
  if (limit === 0) return [...jobs];
  const known = Map.groupBy(rooms.board.list(), ({ job }) => job);
  return jobs.map((job) => ({
    ...job,
    lately: viewLately(stored?.get(job.slug) ?? [], known.get(job.slug) ?? [], limit),
  }));
}
