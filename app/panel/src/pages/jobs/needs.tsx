import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Need } from '../../../../src/api/need.ts';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import { jobsQuery, statusQuery } from '../../api/queries.ts';
import { Ago } from '../../time/time.tsx';
import { whyQuery } from '../run/why-query.ts';
import style from './needs.module.css';

/** Of so many the reason is asked for: where everything fails, it is the first ones that tell why. */
const MOST_EXPLAINED = 5;

/** What needs somebody, in the words of the log and of `gitcron status`. */
export function Needs() {
  const { data: status } = useQuery(statusQuery);
  const { data: jobs } = useQuery(jobsQuery);
  if (status === undefined || status.needs.length === 0) return null;
  const failureOf = ({ code, job }: Need): RunSummaryView | null =>
    code === 'job_failing' ? (jobs?.find(({ slug }) => slug === job)?.lastFailure ?? null) : null;
  return (
    <ul className={style.needs} aria-label="What needs somebody">
      {status.needs.map((need, index) => {
        const failed = failureOf(need);
        return (
          <li key={`${need.code} ${need.job ?? ''}`} data-row>
            <span aria-hidden className={style.sign}>
              !
            </span>
            <span>
              {need.sentence}
              {need.since === null ? null : (
                <span className="soft">
                  {' '}
                  · <Ago at={need.since} />
                </span>
              )}
              {failed === null ? null : (
                <Failure run={failed} isExplained={index < MOST_EXPLAINED} />
              )}
            </span>
            <Where need={need} failed={failed} />
          </li>
        );
      })}
    </ul>
  );
}

/** What it said, and what changed before. */
function Failure({
  run,
  isExplained,
}: {
  readonly run: RunSummaryView;
  readonly isExplained: boolean;
}) {
  const { data: why } = useQuery({ ...whyQuery(run.id), enabled: isExplained });
  const times = why?.failures.inARow ?? 1;
  const first = why?.evidence[0];
  return (
    <span className={style.failure}>
      {run.errorLine === null ? null : <code>{run.errorLine}</code>}
      <span className="soft">
        {times < 2 ? '' : `${times} times in a row. `}
        {first === undefined ? '' : `Changed before it: ${first.label}.`}
      </span>
    </span>
  );
}

function Where({
  need: { code, job },
  failed,
}: {
  readonly need: Need;
  readonly failed: RunSummaryView | null;
}) {
  if (failed !== null) {
    return (
      <Link to="/runs/$id" params={{ id: failed.id }}>
        why
      </Link>
    );
  }
  if (job === undefined) {
    return <Link to={code === 'commit_rejected' ? '/releases' : '/system'}>see</Link>;
  }
  return (
    <Link to="/jobs/$slug" params={{ slug: job }}>
      see
    </Link>
  );
}
