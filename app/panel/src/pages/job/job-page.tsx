import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { JobView } from '../../../../src/api/job.ts';
import { jobQuery, STRIP_RUNS } from '../../api/queries.ts';
import { RunStrip } from '../../marks/run-strip.tsx';
import { StatusMark } from '../../marks/status-mark.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { Ago } from '../../time/time.tsx';
import { DurationChart } from './duration-chart.tsx';
import { JobActions } from './job-actions.tsx';
import { JobChangesList } from './job-changes-list.tsx';
import { JobSettings } from './job-settings.tsx';
import { LastFailure } from './last-failure.tsx';
import { NextSlots } from './next-slots.tsx';
import { durationsQuery } from './queries.ts';
import { StartByUrl } from './start-by-url.tsx';
import style from './job.module.css';

/** All of one job: how it does, when it runs, what it says in the crontab. */
export function JobPage() {
  const { slug } = useParams({ from: '/jobs/$slug' });
  const job = useQuery(jobQuery(slug));
  return (
    <Page
      title={job.data?.title ?? slug}
      actions={job.data === undefined ? null : <JobActions job={job.data} />}
    >
      <Loaded query={job} what="the job">
        {(loaded) => (
          <>
            <Summary job={loaded} />
            <LastFailure job={loaded} />
            <HowLong slug={slug} />
            <div className={style.columns}>
              <NextSlots job={loaded} />
              <StartByUrl job={loaded} />
            </div>
            <JobSettings slug={slug} />
            <JobChangesList slug={slug} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Summary({ job }: { readonly job: JobView }) {
  const { slug, title, description, scheduleText, schedule, zone, after, lately, last } = job;
  return (
    <div className={style.summary}>
      {title === slug ? null : <code>{slug}</code>}
      {description === '' ? null : <p>{description}</p>}
      <p>
        {scheduleText} <code>{schedule}</code>
        {zone === null ? '' : ` (${zone})`}
        {after === null ? null : (
          <>
            {' · after '}
            <Link to="/jobs/$slug" params={{ slug: after.job }}>
              {after.job}
            </Link>
          </>
        )}
      </p>
      <p>
        <Switched job={job} />
      </p>
      <div className={style.strip}>
        <RunStrip runs={lately?.runs ?? []} usualMs={lately?.usualMs ?? null} places={STRIP_RUNS} />
      </div>
      <p>
        {last === null ? (
          'It has not run yet.'
        ) : (
          <Link to="/runs/$id" params={{ id: last.id }}>
            <StatusMark status={last.status} /> <Ago at={last.finishedAt ?? last.queuedAt} />
          </Link>
        )}
        {' · '}
        <Link to="/runs" search={{ job: slug }}>
          all its runs
        </Link>
      </p>
    </div>
  );
}

function Switched({ job: { enabled, switch: word } }: { readonly job: JobView }) {
  if (word === null) return enabled ? 'Enabled.' : 'Disabled in the crontab: started by hand only.';
  return (
    <>
      {enabled ? 'Enabled' : 'Disabled, started by hand only'}: by {word.by}, <Ago at={word.at} />.
    </>
  );
}

function HowLong({ slug }: { readonly slug: string }) {
  const durations = useQuery(durationsQuery(slug));
  return (
    <section aria-labelledby="how-long" className={style.part}>
      <h2 id="how-long">How long it took, in the last 30 days</h2>
      <Loaded query={durations} what="its durations">
        {(loaded) => <DurationChart durations={loaded} />}
      </Loaded>
    </section>
  );
}
