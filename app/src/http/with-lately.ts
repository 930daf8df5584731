import type { JobView } from '../api/job.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { viewLately } from './views/lately.ts';

/** Jobs with so many of their last runs; as they are for none. */
export async function withLately(
  rooms: Rooms,
  jobs: readonly JobView[],
  limit: number,
): Promise<JobView[]> {
  if (limit === 0) return [...jobs];
  const only = jobs.length === 1 ? (jobs[0]?.slug ?? null) : null;
  const stored = await readHistoryIfThere(PATIENCE_MS.jobs, rooms, (history) =>
    history.lately(limit, only),
  );
  const known = Map.groupBy(rooms.board.list(), ({ job }) => job);
  return jobs.map((job) => ({
    ...job,
    lately: viewLately(stored?.get(job.slug) ?? [], known.get(job.slug) ?? [], limit),
  }));
}
