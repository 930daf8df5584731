import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import { jobsQuery } from '../../api/queries.ts';
import { useKey } from '../../keys/keys.tsx';
import { useRowKeys } from '../../keys/row-keys.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { countsOf, FILTERS } from './filter-jobs.ts';
import { JobList } from './job-list.tsx';
import { Needs } from './needs.tsx';
import { ORDERS, useChosenJobs, type JobChoice } from './order-jobs.ts';
import style from './jobs.module.css';

/** What needs somebody first, then every job. What is chosen stands in the address. */
export function JobsPage() {
  const jobs = useQuery(jobsQuery);
  const { q: text = '', show, sort } = useSearch({ from: '/' });
  const choice: JobChoice = {
    text,
    filter: FILTERS.find((name) => name === show) ?? 'all',
    order: ORDERS.find((name) => name === sort) ?? 'crontab',
  };
  useRowKeys();
  return (
    <Page title="Jobs">
      <Needs />
      <Loaded query={jobs} what="the jobs">
        {(all) => <ChosenJobs jobs={all} choice={choice} />}
      </Loaded>
    </Page>
  );
}

function ChosenJobs({
  jobs,
  choice,
}: {
  readonly jobs: readonly JobView[];
  readonly choice: JobChoice;
}) {
  const navigate = useNavigate({ from: '/' });
  const search = useRef<HTMLInputElement>(null);
  useKey('/', 'search', () => search.current?.focus());
  const chosen = useChosenJobs(jobs, choice);
  const counts = countsOf(jobs);
  const put = (given: { q?: string; show?: string; sort?: string }): void =>
    void navigate({ search: (before) => ({ ...before, ...given }), replace: true });
  return (
    <>
      <div className={style.tools}>
        <input
          ref={search}
          type="search"
          placeholder="Search"
          aria-label="Search jobs"
          value={choice.text}
          onChange={({ target }) => put({ q: target.value })}
        />
        <div className={style.filters} role="group" aria-label="Show">
          {FILTERS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === choice.filter}
              onClick={() => put({ show: name === 'all' ? '' : name })}
            >
              {name} {counts[name]}
            </button>
          ))}
        </div>
        <label className={style.order}>
          by
          <select
            value={choice.order}
            onChange={({ target }) => put({ sort: target.value === 'crontab' ? '' : target.value })}
          >
            {ORDERS.map((name) => (
              <option key={name} value={name}>
                {name === 'crontab' ? 'section, as in the crontab' : name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <JobList
        jobs={chosen}
        hasSections={choice.order === 'crontab'}
        isFiltered={choice.filter !== 'all' || choice.text !== ''}
      />
    </>
  );
}
