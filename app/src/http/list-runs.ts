import type { RunSummaryView } from '../api/run.ts';
import type { RunFilter } from '../record/history/filter.ts';
import { isOpen, type Run, type RunSummary } from '../record/history/rows.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { byNewest, cursorOf } from './run-place.ts';
import { shipNewest } from './ship-newest.ts';
import { viewSummary } from './views/run.ts';

export interface RunPage {
  readonly items: readonly RunSummaryView[];
  readonly next: string | null;
  /** False: the database is away or takes no writes, so older runs may be missing. */
  readonly complete: boolean;
}

/**
 * A page of runs, newest first. What is over and stored is told by the record alone: it knows what
 * became of it since. The rest is told from memory, as far back as the last start.
 */
export async function listRuns(rooms: Rooms, filter: RunFilter, limit: number): Promise<RunPage> {
  const isShipped = await shipNewest(rooms);
  const page = await readHistoryIfThere(PATIENCE_MS.runs, rooms, (history) =>
    history.runs(filter, limit),
  );
  const runs = new Map<string, RunSummary>(page?.items.map((run) => [run.runId, run]));
  for (const run of rooms.board.list()) {
    const stored = runs.get(run.runId);
    // What is over and was shipped is on the page, or has been cleaned up.
    const isNews =
      stored === undefined
        ? run.finishedAt === null || page === null || !isShipped
        : isOpen(stored);
    if (!isNews) continue;
    if (matches(run, filter)) runs.set(run.runId, run);
    else runs.delete(run.runId);
  }
  const newest = [...runs.values()].toSorted(byNewest);
  const items = newest.slice(0, limit);
  const isLast = newest.length <= limit && (page === null || page.next === null);
  const last = isLast ? null : (items.at(-1) ?? page?.next ?? null);
  return {
    items: items.map(viewSummary),
    next: last && cursorOf(last),
    complete: page !== null && rooms.record?.recorder.status().databaseDown === null,
  };
}

/** The conditions of `runFilter`, for runs that are in memory. */
function matches(run: Run, filter: RunFilter): boolean {
  const { job, status, trigger, revision, from, to, text, before } = filter;
  const reason = run.status === 'succeeded' ? null : run.reason;
  const searched = [reason, run.error, run.result].map((one) => one ?? '').join('\n');
  return (
    (job === undefined || run.job === job) &&
    (status === undefined || status.includes(run.status)) &&
    (trigger === undefined || trigger.includes(run.trigger)) &&
    (revision === undefined || (run.revision?.startsWith(revision) ?? false)) &&
    (from === undefined || run.queuedAt >= from) &&
    (to === undefined || run.queuedAt < to) &&
    (text === undefined || searched.toLowerCase().includes(text.toLowerCase())) &&
    (before === undefined || byNewest(before, run) < 0)
  );
}
