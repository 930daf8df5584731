import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ReleaseDiff, RollbackPreview } from '../../../../src/api/release-diff.ts';
import type { ReleaseView } from '../../../../src/api/release.ts';
import type { revisionView } from '../../../../src/api/revision.ts';
import { request, withQuery } from '../../api/request.ts';

export type RevisionView = z.output<typeof revisionView>;

interface Revisions {
  readonly items: readonly RevisionView[];
  readonly next: string | null;
}

/** The releases whose files are here: those that one can go back to. */
export const releasesQuery = queryOptions({
  queryKey: ['releases'],
  queryFn: async ({ signal }) => {
    const { items } = await request<{ items: ReleaseView[] }>('/api/v1/releases', { signal });
    return items;
  },
});

/** Every commit that was noticed, the newest first, also those that never became a release. */
export const revisionsQuery = infiniteQueryOptions({
  queryKey: ['revisions'],
  queryFn: ({ pageParam, signal }) =>
    request<Revisions>(
      withQuery('/api/v1/revisions', { limit: 50, before: pageParam ?? undefined }),
      { signal },
    ),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
});

export function diffQuery(from: string, to: string) {
  return queryOptions({
    queryKey: ['diff', from, to],
    queryFn: ({ signal }) =>
      request<ReleaseDiff>(`/api/v1/releases/${from}/diff/${to}`, { signal }),
  });
}

export function previewQuery(revision: string) {
  return queryOptions({
    queryKey: ['rollback-preview', revision],
    queryFn: ({ signal }) =>
      request<RollbackPreview>(`/api/v1/releases/${revision}/rollback-preview`, { signal }),
    // What would happen now, and not what would have happened then.
    staleTime: 0,
  });
}
