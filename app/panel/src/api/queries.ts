import { queryOptions } from '@tanstack/react-query';
import type { JobView } from '../../../src/api/job.ts';
import type { RunView } from '../../../src/api/run.ts';
import type { SessionView } from '../../../src/api/session.ts';
import type { StatusView } from '../../../src/api/status.ts';
import { request } from './request.ts';

/** So many runs of each job are in its strip. */
export const STRIP_RUNS = 40;

/** What several pages ask. What one page alone asks, stands beside that page. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => request<SessionView>('/api/v1/session', { signal }),
});

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => request<StatusView>('/api/v1/status', { signal }),
});

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: async ({ signal }) => {
    const path = `/api/v1/jobs?runs=${STRIP_RUNS}`;
    const { items } = await request<{ items: JobView[] }>(path, { signal });
    return items;
  },
});

export function jobQuery(slug: string) {
  return queryOptions({
    queryKey: ['job', slug],
    queryFn: ({ signal }) => fetchJob(slug, signal),
  });
}

export function fetchJob(slug: string, signal?: AbortSignal): Promise<JobView> {
  const path = `/api/v1/jobs/${encodeURIComponent(slug)}?runs=${STRIP_RUNS}`;
  return request<JobView>(path, signal === undefined ? {} : { signal });
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) => request<RunView>(`/api/v1/runs/${id}`, { signal }),
  });
}
