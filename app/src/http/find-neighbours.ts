import type { RunNeighbours } from '../api/run.ts';
import type { Run, RunSummary } from '../record/history/rows.ts';
import { listRuns } from './list-runs.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { byNewest } from './run-place.ts';
import { shipNewest } from './ship-newest.ts';
import { viewSummary } from './views/run.ts';

/** The runs of the same job before and after one, in the order of history. */
export async function findNeighbours(rooms: Rooms, run: Run): Promise<RunNeighbours> {
  const { items, complete } = await listRuns(rooms, { job: run.job, before: run }, 1);
  const after = await findAfter(rooms, run);
  return { before: items[0] ?? null, after: after && viewSummary(after), complete };
}

/** What is not stored yet is in memory. */
async function findAfter(rooms: Rooms, run: Run): Promise<RunSummary | null> {
  await shipNewest(rooms);
  const stored = await readHistoryIfThere(PATIENCE_MS.runs, rooms, (history) =>
    history.runAfter(run.job, run),
  );
  const known = rooms.board
    .list()
    .findLast((one) => one.job === run.job && one.runId !== run.runId && byNewest(one, run) < 0);
  if (stored === null || known === undefined) return stored ?? known ?? null;
  return byNewest(known, stored) < 0 ? stored : known;
}
