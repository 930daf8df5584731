import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { jobQuery, runQuery } from '../../api/queries.ts';
import { useRights } from '../../api/rights.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { RunForm } from './run-form.tsx';

/** Starts a run by hand; `?from=RUN` begins with that run's parameters. */
export function RunNowPage() {
  const { slug } = useParams({ from: '/jobs/$slug/run' });
  const { from } = useSearch({ from: '/jobs/$slug/run' });
  const rights = useRights();
  const job = useQuery(jobQuery(slug));
  const before = useQuery({ ...runQuery(from ?? ''), enabled: from !== undefined });
  return (
    <Page title={`Run ${job.data?.title ?? slug}`}>
      {rights.mayStart(slug) ? null : (
        <p>Whoever is logged in may look on and not start anything.</p>
      )}
      <Loaded query={job} what="the job">
        {(loaded) =>
          from === undefined ? (
            <RunForm job={loaded} before={null} />
          ) : (
            <Loaded query={before} what="the parameters">
              {(run) => <RunForm job={loaded} before={run} />}
            </Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}
