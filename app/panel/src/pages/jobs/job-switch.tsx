import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import { Problem } from '../../api/problem.ts';
import { fetchJob, jobsQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import style from './jobs.module.css';

/** Whether its schedule starts it. What goes wrong stands in the place of the word. */
export function JobSwitch({ job }: { readonly job: JobView }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  async function turn(): Promise<void> {
    setError(null);
    try {
      const verb = job.enabled ? 'disable' : 'enable';
      await request(`/api/v1/jobs/${job.slug}/${verb}`, { method: 'POST' });
      const fresh = await fetchJob(job.slug);
      client.setQueryData(jobsQuery.queryKey, (all) =>
        all?.map((one) => (one.slug === fresh.slug ? fresh : one)),
      );
    } catch (problem) {
      setError(problem);
    }
  }
  return (
    <button type="button" className={style.switch} onClick={() => void turn()}>
      {error === null ? (job.enabled ? 'Disable' : 'Enable') : sentenceOf(error)}
      <span className="unseen"> {job.title}</span>
    </button>
  );
}

function sentenceOf(error: unknown): string {
  return error instanceof Problem ? error.message : 'This failed by a fault of Gitcron.';
}
