import { WindowVirtualizer } from 'virtua';
import type { JobView } from '../../../../src/api/job.ts';
import { JobRow } from './job-row.tsx';
import style from './jobs.module.css';

/** The jobs. Only rows that are in sight are drawn. */
export function JobList({
  jobs,
  hasSections,
  isFiltered,
}: {
  readonly jobs: readonly JobView[];
  /** In the order of the crontab each section has a heading. */
  readonly hasSections: boolean;
  readonly isFiltered: boolean;
}) {
  if (jobs.length === 0) {
    return (
      <p className="soft">
        {isFiltered
          ? 'No job is like that.'
          : 'No jobs yet: the first commit whose crontab.txt has a line brings one.'}
      </p>
    );
  }
  return (
    <div className={style.list} role="list" aria-label="Jobs">
      <WindowVirtualizer>
        {jobs.map((job, index) => (
          <div key={job.slug} role="listitem">
            {!hasSections || job.section === (jobs[index - 1]?.section ?? null) ? null : (
              <h2 className={style.section}>{job.section}</h2>
            )}
            <JobRow job={job} />
          </div>
        ))}
      </WindowVirtualizer>
    </div>
  );
}
