import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobChanges } from '../../../../src/api/job-crontab.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Ago } from '../../time/time.tsx';
import { SettingChanges } from '../compare/setting-changes.tsx';
import { changesQuery } from './queries.ts';
import style from './job.module.css';

type JobChange = JobChanges['items'][number];

/** What the releases changed of it. */
export function JobChangesList({ slug }: { readonly slug: string }) {
  const changes = useQuery(changesQuery(slug));
  return (
    <section aria-labelledby="changes" className={style.part}>
      <h2 id="changes">What changed in it</h2>
      <Loaded query={changes} what="what changed in it">
        {({ items }) =>
          items.length === 0 ? (
            <p className="soft">Nothing that is remembered.</p>
          ) : (
            <ul className={style.changes}>
              {items.map((change) => (
                <li key={`${change.at} ${change.release}`}>
                  <Link to="/releases/$revision" params={{ revision: change.release }}>
                    <code>{change.release.slice(0, 7)}</code>
                  </Link>{' '}
                  “{change.subject}” by {change.author}{' '}
                  <span className="soft">
                    <Ago at={change.at} />
                    {change.reason === 'rollback' ? ', by a rollback' : ''}
                  </span>
                  <What change={change} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function What({ change: { change, from, to } }: { readonly change: JobChange }) {
  if (change !== 'changed' || from === null || to === null) {
    return <p>{change === 'first' ? 'the first that is remembered' : change}</p>;
  }
  return <SettingChanges from={from} to={to} />;
}
