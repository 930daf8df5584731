import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { durationsView } from '../../../../src/api/job.ts';
import type { JobChanges, JobCrontab } from '../../../../src/api/job-crontab.ts';
import { request } from '../../api/request.ts';

/** Into so many the time is divided. */
export const SPANS = 120;

export type Durations = z.output<typeof durationsView>;

/** Below `['job', slug]`: what changes the job changes these. */
export function durationsQuery(slug: string) {
  return queryOptions({
    queryKey: ['job', slug, 'durations'],
    queryFn: ({ signal }) =>
      request<Durations>(`/api/v1/jobs/${slug}/durations?spans=${SPANS}`, { signal }),
  });
}

export function nextSlotsQuery(slug: string) {
  return queryOptions({
    queryKey: ['job', slug, 'slots'],
    queryFn: async ({ signal }) => {
      const path = `/api/v1/jobs/${slug}/slots?count=10`;
      return (await request<{ slots: string[] }>(path, { signal })).slots;
    },
  });
}

export function crontabQuery(slug: string) {
  return queryOptions({
    queryKey: ['job', slug, 'crontab'],
    queryFn: ({ signal }) => request<JobCrontab>(`/api/v1/jobs/${slug}/crontab`, { signal }),
  });
}

export function changesQuery(slug: string) {
  return queryOptions({
    queryKey: ['job', slug, 'changes'],
    queryFn: ({ signal }) => request<JobChanges>(`/api/v1/jobs/${slug}/changes`, { signal }),
  });
}
