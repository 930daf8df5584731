import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { RunView } from '../../../../src/api/run.ts';
import { jobQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';

/** Starts a run by hand. */
export function RunNowPage() {
  const { slug } = useParams({ from: '/jobs/$slug/run' });
  const job = useQuery(jobQuery(slug));
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  async function start(): Promise<void> {
    try {
      const run = await request<RunView>(`/api/v1/jobs/${slug}/runs`, { method: 'POST', body: {} });
      await navigate({ to: '/runs/$id', params: { id: run.id } });
    } catch (problem) {
      setError(problem);
    }
  }
  return (
    <Page title={`Run ${job.data?.title ?? slug}`}>
      <Loaded query={job} what="the job">
        {({ command }) => (
          <>
            <pre>{command}</pre>
            {error === null ? null : <Complaint of={error} />}
            <p>
              <button type="button" data-kind="main" onClick={() => void start()}>
                Run now
              </button>
            </p>
          </>
        )}
      </Loaded>
    </Page>
  );
}
