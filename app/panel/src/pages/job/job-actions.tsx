import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { Complaint } from '../../shell/complaint.tsx';

/** Start it, switch it, see to its failure. */
export function JobActions({ job }: { readonly job: JobView }) {
  const client = useQueryClient();
  const rights = useRights();
  const [error, setError] = useState<unknown>(null);
  async function ask(verb: 'enable' | 'disable' | 'reset'): Promise<void> {
    setError(null);
    try {
      await request(`/api/v1/jobs/${job.slug}/${verb}`, { method: 'POST' });
      await client.invalidateQueries({ queryKey: ['job', job.slug] });
    } catch (problem) {
      setError(problem);
    }
  }
  return (
    <>
      {error === null ? null : <Complaint of={error} />}
      {rights.mayOperate ? (
        <button type="button" onClick={() => void ask(job.enabled ? 'disable' : 'enable')}>
          {job.enabled ? 'Disable' : 'Enable'}
        </button>
      ) : null}
      {rights.mayOperate && job.switch !== null ? (
        <button type="button" onClick={() => void ask('reset')}>
          Let the crontab decide
        </button>
      ) : null}
      {rights.mayStart(job.slug) ? (
        <Link to="/jobs/$slug/run" params={{ slug: job.slug }}>
          Run now
        </Link>
      ) : null}
    </>
  );
}
