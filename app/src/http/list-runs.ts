import { setTimeout as delay } from 'node:timers/promises';
import type { RunFilter } from '../record/history/filter.ts';
import type { Run, RunSummary } from '../record/history/rows.ts';
import { readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { viewSummary } from './views/run.ts';
import type { RunSummaryView } from '../api/run.ts';

export interface RunPage {
  readonly items: readonly RunSummaryView[];
  readonly next: string | null;
  /** False: the database is away or takes no writes, so older runs may be missing. */
  readonly complete: boolean;
}

/** The newest runs are worth so much of a wait. */
const SHIPPING_PATIENCE_MS = 1000;

/** A page of runs, newest first. */
export async function listRuns(rooms: Rooms, filter: RunFilter, limit: number): Promise<RunPage> {
  const page = await readHistoryIfThere(rooms, async (history) => {
    if (filter.before === undefined) await shipNewest(rooms);
    return history.runs(filter, limit);
  });
  const stored = (page?.items ?? []).map((run) => freshest(rooms, run));
  if (page !== null && rooms.record?.recorder.status().databaseDown === null) {
    return { items: stored.map(viewSummary), next: page.next, complete: true };
  }
  // What is not stored yet is known from memory, as far back as the last start.
  const known = rooms.board.list().filter((run) => matches(run, filter));
  const runs = [...new Map([...stored, ...known].map((run) => [run.runId, run])).values()];
  const newest = runs.toSorted((a, b) => (a.runId < b.runId ? 1 : -1));
  const items = newest.slice(0, limit).map(viewSummary);
  const isLast = runs.length <= limit && (page === null || page.next === null);
  return { items, next: isLast ? null : (items.at(-1)?.id ?? null), complete: false };
}

/** What has just been queued is to be on the page. */
async function shipNewest({ record }: Rooms): Promise<void> {
  const patience = new AbortController();
  await Promise.race([
    record?.recorder.shipNow().catch(() => {}),
    delay(SHIPPING_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {}),
  ]);
  patience.abort();
}

function freshest({ board }: Rooms, run: RunSummary): RunSummary {
  return board.get(run.runId) ?? run;
}

/** The conditions of `runFilter`, for runs that are in memory. */
function matches(run: Run, filter: RunFilter): boolean {
  const { job, status, trigger, revision, from, to, text, before } = filter;
  const searched = `${run.status === 'succeeded' ? '' : (run.reason ?? '')}\n${run.result ?? ''}`;
  return (
    (job === undefined || run.job === job) &&
    (status === undefined || status.includes(run.status)) &&
    (trigger === undefined || trigger.includes(run.trigger)) &&
    (revision === undefined || (run.revision?.startsWith(revision) ?? false)) &&
    (from === undefined || run.queuedAt >= from) &&
    (to === undefined || run.queuedAt < to) &&
    (text === undefined || searched.toLowerCase().includes(text.toLowerCase())) &&
    (before === undefined || run.runId < before)
  );
}
