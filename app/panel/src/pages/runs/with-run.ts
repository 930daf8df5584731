import type { InfiniteData } from '@tanstack/react-query';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import type { RunPage } from './runs-query.ts';

type Pages = InfiniteData<RunPage, string | null>;

/** The pages with a run as it is now, if one of them has it. */
export function withRun(
  data: Pages | undefined,
  run: RunSummaryView,
): { readonly isThere: boolean; readonly data: Pages | undefined } {
  const isThere = data?.pages.some(({ items }) => items.some(({ id }) => id === run.id)) ?? false;
  if (data === undefined || !isThere) return { isThere, data };
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((one) => (one.id === run.id ? run : one)),
  }));
  return { isThere, data: { ...data, pages } };
}
