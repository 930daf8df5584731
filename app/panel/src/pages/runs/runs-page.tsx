import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { z } from 'zod';
import type { runPage } from '../../../../src/api/run.ts';
import { request, withQuery } from '../../api/request.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { Ago } from '../../time/time.tsx';

type RunPage = z.output<typeof runPage>;

function runsQuery(filter: Readonly<Record<string, string>>) {
  return queryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ signal }) => request<RunPage>(withQuery('/api/v1/runs', filter), { signal }),
  });
}

/** Runs, the newest first. */
export function RunsPage() {
  const runs = useQuery(runsQuery(useSearch({ from: '/runs' })));
  return (
    <Page title="History">
      <Loaded query={runs} what="the history">
        {({ items }) => (
          <ul>
            {items.map((run) => (
              <li key={run.id} data-row>
                <Link to="/runs/$id" params={{ id: run.id }}>
                  {run.job}
                </Link>{' '}
                <StatusMark status={run.status} /> <Ago at={run.queuedAt} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Page>
  );
}
