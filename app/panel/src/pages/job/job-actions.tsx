import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../../src/api/job.ts';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { useDeed } from '../../shell/use-deed.ts';

/** Start it, switch it, see to its failure. */
export function JobActions({ job }: { readonly job: JobView }) {
  const client = useQueryClient();
  const rights = useRights();
  const turn = useDeed(async (verb: 'enable' | 'disable' | 'reset') => {
    await request(`/api/v1/jobs/${job.slug}/${verb}`, { method: 'POST' });
    await client.invalidateQueries({ queryKey: ['job', job.slug] });
  });
  return (
    <>
      {turn.error === null ? null : <Complaint of={turn.error} />}
      {rights.mayOperate ? (
        <button type="button" onClick={() => void turn.start(job.enabled ? 'disable' : 'enable')}>
          {job.enabled ? 'Disable' : 'Enable'}
        </button>
      ) : null}
      {rights.mayOperate && job.switch !== null ? (
        <button type="button" onClick={() => void turn.start('reset')}>
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
