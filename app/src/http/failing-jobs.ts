import { readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import type { RunBoard } from './run-board.ts';

/** The scheduled jobs whose last run failed, timed out or was lost, as far as that is known now. */
export async function failingJobs(rooms: Rooms): Promise<string[]> {
  const stored = await readHistoryIfThere(rooms, (history) => history.failingJobs());
  const failing = new Set(stored);
  for (const [job, failed] of lastWords(rooms.board)) {
    if (failed) failing.add(job);
    else failing.delete(job);
  }
  return rooms.jobs
    .list()
    .filter(({ slug, settings }) => !settings.disabled && failing.has(slug))
    .map(({ slug }) => slug);
}

/** Whether the newest run of each job failed: what is remembered here is newer than what is stored. */
function lastWords(board: RunBoard): Map<string, boolean> {
  const words = new Map<string, boolean>();
  for (const { job, status } of board.list()) {
    if (words.has(job)) continue;
    if (status === 'succeeded') words.set(job, false);
    if (status === 'failed' || status === 'timed_out' || status === 'lost') words.set(job, true);
  }
  return words;
}
