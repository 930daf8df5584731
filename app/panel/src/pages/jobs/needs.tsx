import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Need } from '../../../../src/api/need.ts';
import { jobsQuery, statusQuery } from '../../api/queries.ts';
import { Ago } from '../../time/time.tsx';
import style from './needs.module.css';

/** What needs somebody, in the words of the log and of `gitcron status`. */
export function Needs() {
  const { data: status } = useQuery(statusQuery);
  if (status === undefined || status.needs.length === 0) return null;
  return (
    <ul className={style.needs} aria-label="What needs somebody">
      {status.needs.map((need) => (
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
          </span>
          <Where need={need} />
        </li>
      ))}
    </ul>
  );
}

function Where({ need: { code, job } }: { readonly need: Need }) {
  const { data: jobs } = useQuery(jobsQuery);
  if (job === undefined) {
    return <Link to={code === 'commit_rejected' ? '/releases' : '/system'}>see</Link>;
  }
  const failed = jobs?.find(({ slug }) => slug === job)?.lastFailure ?? null;
  if (code !== 'job_failing' || failed === null) {
    return (
      <Link to="/jobs/$slug" params={{ slug: job }}>
        see
      </Link>
    );
  }
  return (
    <Link to="/runs/$id" params={{ id: failed.id }}>
      why
    </Link>
  );
}
