import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { jobQuery } from '../../api/queries.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';

/** All of one job. */
export function JobPage() {
  const { slug } = useParams({ from: '/jobs/$slug' });
  const job = useQuery(jobQuery(slug));
  return (
    <Page title={job.data?.title ?? slug}>
      <Loaded query={job} what="the job">
        {({ description, scheduleText, command }) => (
          <>
            <p>{description}</p>
            <p>{scheduleText}</p>
            <pre>{command}</pre>
          </>
        )}
      </Loaded>
    </Page>
  );
}
