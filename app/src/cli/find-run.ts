import { CodedError } from '@gitcron/base/coded-error';
import { jobView } from '../api/job.ts';
import { runPage, runView, type RunView } from '../api/run.ts';
import type { ApiClient } from './client/api-client.ts';
import { RefusedError } from './client/refused-error.ts';
import { RUN_ID } from './run-id.ts';

/**
 * A run by its id, the last run of a job by the job's name, or the last run of all. A job may be
 * called like a run; then the run counts.
 * @throws CodedError GITCRON_E_NO_RUN when there is none yet; what the supervisor refuses.
 */
export async function findRun(client: ApiClient, what: string | undefined): Promise<RunView> {
  if (what !== undefined && RUN_ID.test(what)) {
    try {
      return await client.ask(`/api/v1/runs/${what}`, runView);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    }
  }
  const query = { job: what, limit: 1 };
  const [last] = (await client.ask('/api/v1/runs', runPage, { query })).items;
  if (last !== undefined) return client.ask(`/api/v1/runs/${last.id}`, runView);
  // Refused when there is no such job at all.
  if (what !== undefined) await client.ask(`/api/v1/jobs/${encodeURIComponent(what)}`, jobView);
  throw new CodedError('GITCRON_E_NO_RUN', `There is no run of ${what ?? 'any job'} yet.`, {
    hint: 'gitcron jobs shows the jobs and when they run next.',
  });
}
