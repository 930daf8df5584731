import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { runQuery } from '../../api/queries.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';

/** All of one run. */
export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const run = useQuery(runQuery(id));
  return (
    <Page title={`${run.data?.job ?? 'Run'} #${id.slice(-8)}`}>
      <Loaded query={run} what="the run">
        {({ status, reason }) => (
          <p>
            <StatusMark status={status} /> {reason}
          </p>
        )}
      </Loaded>
    </Page>
  );
}
