import { queryOptions } from '@tanstack/react-query';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import type { SlotPage, SlotView } from '../../../../src/api/slot.ts';
import { request, withQuery } from '../../api/request.ts';
import type { RunPage } from '../runs/runs-query.ts';
import type { Span } from './span.ts';

/** More is drawn as dust only, and told to be left out. */
const MOST_RUNS = 2000;
const MOST_PAGES = 4;

export interface TimelineView {
  readonly slots: readonly SlotView[];
  readonly runs: readonly RunSummaryView[];
  /** False: there is more than what is drawn. */
  readonly isAll: boolean;
  /** False: the newest history waits for the database. */
  readonly isComplete: boolean;
}

export function timelineQuery(span: Span) {
  return queryOptions({
    queryKey: ['timeline', span],
    queryFn: async ({ signal }): Promise<TimelineView> => {
      const [slots, runs] = await Promise.all([slotsIn(span, signal), runsIn(span, signal)]);
      return {
        slots: slots.items,
        runs: runs.items,
        isAll: slots.isAll && runs.isAll,
        isComplete: slots.isComplete,
      };
    },
    // It is about now, and the news of runs change it all the time.
    refetchInterval: 15_000,
  });
}

async function slotsIn({ from, to }: Span, signal: AbortSignal) {
  let items: readonly SlotView[] = [];
  let next: string | null = iso(from);
  let isComplete = true;
  for (let page = 0; page < MOST_PAGES && next !== null; page += 1) {
    const path = withQuery('/api/v1/slots', { from: next, to: iso(to), limit: 5000 });
    const found: SlotPage = await request<SlotPage>(path, { signal });
    items = [...items, ...found.items];
    isComplete &&= found.complete;
    next = found.next;
  }
  return { items, isAll: next === null, isComplete };
}

async function runsIn({ from, to }: Span, signal: AbortSignal) {
  let items: readonly RunSummaryView[] = [];
  let next: string | null | undefined;
  do {
    const query = { from: iso(from), to: iso(to), limit: 500, before: next ?? undefined };
    const found: RunPage = await request<RunPage>(withQuery('/api/v1/runs', query), { signal });
    items = [...items, ...found.items];
    next = found.next;
  } while (next !== null && items.length < MOST_RUNS);
  return { items, isAll: next === null };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
