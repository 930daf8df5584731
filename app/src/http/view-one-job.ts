import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { viewJobs } from './views/job.ts';
import type { JobView } from '../api/job.ts';
import { findJob } from './start-run.ts';

/** A job, with how it went before if the database answers. @throws HttpError 404 */
export async function viewOneJob(rooms: Rooms, slug: string): Promise<JobView> {
  const job = findJob(rooms, slug);
  const history = await readHistoryIfThere(PATIENCE_MS.jobs, rooms, (record) => record.job(slug));
  const [view] = await viewJobs([job], history === null ? [] : [history], rooms);
  if (view === undefined) throw new Error(`${slug} has no view`);
  return view;
}
