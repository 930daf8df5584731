import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../../src/api/job.ts';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { isFailure } from '../../marks/status-words.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { Complaint } from '../../shell/complaint.tsx';
import { useDeed } from '../../shell/use-deed.ts';
import { Ago } from '../../time/time.tsx';
import style from './job.module.css';

/** While the last run is a failure: which one, and that somebody has seen to it. */
export function LastFailure({ job }: { readonly job: JobView }) {
  const client = useQueryClient();
  const { mayOperate } = useRights();
  const { last, acknowledged, slug } = job;
  const acknowledge = useDeed(async () => {
    await request(`/api/v1/jobs/${slug}/acknowledge`, { method: 'POST' });
    await client.invalidateQueries({ queryKey: ['job', slug] });
  });
  if (last === null || !isFailure(last.status)) return null;
  return (
    <div className={style.failure}>
      <p>
        <StatusMark status={last.status} /> <Ago at={last.finishedAt ?? last.queuedAt} />
        {last.errorLine === null ? null : (
          <>
            {': '}
            <code>{last.errorLine}</code>
          </>
        )}
      </p>
      <p>
        <Link to="/runs/$id" params={{ id: last.id }}>
          Why
        </Link>
      </p>
      {acknowledged?.runId === last.id ? (
        <p className="soft">
          {acknowledged.by} has seen to it, <Ago at={acknowledged.at} />.
        </p>
      ) : mayOperate ? (
        <button type="button" onClick={() => void acknowledge.start()}>
          I have seen to it
        </button>
      ) : null}
      {acknowledge.error === null ? null : <Complaint of={acknowledge.error} />}
    </div>
  );
}
