import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../../src/api/job.ts';
import { STRIP_RUNS } from '../../api/queries.ts';
import { useRights } from '../../api/rights.ts';
import { RunStrip } from '../../marks/run-strip.tsx';
import { StatusMark } from '../../marks/status-mark.tsx';
import { duration } from '../../time/duration.ts';
import { Ago } from '../../time/time.tsx';
import { JobSwitch } from './job-switch.tsx';
import style from './jobs.module.css';

/** What is it, when next, how did it go lately, can I start it: a line. */
export function JobRow({ job }: { readonly job: JobView }) {
  const { slug, title, description, scheduleText, schedule, nextSlots, last, lately } = job;
  const rights = useRights();
  const [next] = nextSlots;
  return (
    <div className={style.row} data-row>
      <div className={style.what}>
        <Link to="/jobs/$slug" params={{ slug }}>
          {title}
        </Link>
        <span className="soft small">{description}</span>
      </div>
      <div className={style.when}>
        <span title={schedule}>{scheduleText}</span>
        <span className="soft small">
          {job.enabled ? (
            next === undefined ? (
              ''
            ) : (
              <Ago at={next} jobZone={job.zone} />
            )
          ) : (
            'disabled'
          )}
        </span>
      </div>
      <div className={style.strip}>
        <RunStrip runs={lately?.runs ?? []} usualMs={lately?.usualMs ?? null} places={STRIP_RUNS} />
      </div>
      <div className={style.last}>
        {last === null ? (
          <span className="soft">no run yet</span>
        ) : (
          <Link to="/runs/$id" params={{ id: last.id }}>
            <StatusMark status={last.status} />
          </Link>
        )}
        <span className="soft small">
          {last === null ? '' : <Ago at={last.finishedAt ?? last.queuedAt} />}
          {lately?.usualMs == null ? '' : ` · usually ${duration(lately.usualMs)}`}
        </span>
      </div>
      <div className={style.acts}>
        {rights.mayStart(slug) ? (
          <Link to="/jobs/$slug/run" params={{ slug }}>
            Run now
          </Link>
        ) : null}
        {rights.mayOperate ? <JobSwitch job={job} /> : null}
      </div>
    </div>
  );
}
