import type { QueryClient } from '@tanstack/react-query';
import type { JobView } from '../../../src/api/job.ts';
import { jobsQuery } from './queries.ts';

/** Puts one job in the place of what the list had of it: thousands of others are not asked for again. */
export function putJob(client: QueryClient, fresh: JobView): void {
  client.setQueryData(jobsQuery.queryKey, (list) =>
    list?.map((job) => (job.slug === fresh.slug ? fresh : job)),
  );
}
