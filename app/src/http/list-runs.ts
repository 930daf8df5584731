import { setTimeout as delay } from 'node:timers/promises';
import type { RunFilter } from '../record/history/filter.ts';
import type { Run, RunSummary } from '../record/history/rows.ts';
import { readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { viewSummary, type RunSummaryView } from './schemas/run.ts';

export interface RunPage {
  readonly items: readonly RunSummaryView[];
  readonly next: string | null;
  /** False: the database is away, and these are only the runs since the last start. */
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
  if (page !== null) {
    const items = page.items.map((run) => viewSummary(freshest(rooms, run)));
    return { items, next: page.next, complete: true };
  }
  const runs = rooms.board.list().filter((run) => matches(run, filter));
  const items = runs.slice(0, limit).map(viewSummary);
  const next = runs.length > limit ? (items.at(-1)?.id ?? null) : null;
  return { items, next, complete: false };
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
