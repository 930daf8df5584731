import { infiniteQueryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { runPage } from '../../../../src/api/run.ts';
import { request, withQuery } from '../../api/request.ts';

export type RunPage = z.output<typeof runPage>;

/** What the address may ask of the history, in the words of the API. */
export const FILTERS = ['job', 'status', 'trigger', 'release', 'from', 'to', 'text'] as const;
export type RunFilter = { readonly [Name in (typeof FILTERS)[number]]?: string };

const PAGE = 100;

/** What stands in an address besides, such as a mistyped name, is nobody's filter. */
export function filterOf(search: Readonly<Record<string, string>>): RunFilter {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = search[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

export function runsQuery(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ pageParam, signal }) =>
      request<RunPage>(
        withQuery('/api/v1/runs', {
          ...filter,
          limit: PAGE,
          before: pageParam ?? undefined,
        }),
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}
