import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { jobsQuery } from '../../api/queries.ts';
import { useKey } from '../../keys/keys.tsx';
import { useRowKeys } from '../../keys/row-keys.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { countsOf, FILTERS, filterJobs, type JobFilter } from './filter-jobs.ts';
import { JobList } from './job-list.tsx';
import { Needs } from './needs.tsx';
import style from './jobs.module.css';

/** What needs somebody first, then every job. */
export function JobsPage() {
  const jobs = useQuery(jobsQuery);
  const { q: text = '', show = 'all' } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const search = useRef<HTMLInputElement>(null);
  useKey('/', 'search', () => search.current?.focus());
  useRowKeys();
  const shown = FILTERS.find((name) => name === show) ?? 'all';
  const put = (given: { q?: string; show?: JobFilter }): void =>
    void navigate({ search: (before) => ({ ...before, ...given }), replace: true });
  return (
    <Page title="Jobs">
      <Needs />
      <Loaded query={jobs} what="the jobs">
        {(all) => (
          <>
            <div className={style.tools}>
              <input
                ref={search}
                type="search"
                placeholder="Search"
                aria-label="Search jobs"
                value={text}
                onChange={({ target }) => put({ q: target.value })}
              />
              <div className={style.filters} role="group" aria-label="Show">
                {FILTERS.map((name) => (
                  <button
                    key={name}
                    type="button"
                    aria-pressed={name === shown}
                    onClick={() => put({ show: name })}
                  >
                    {name} {countsOf(all)[name]}
                  </button>
                ))}
              </div>
            </div>
            <JobList
              jobs={filterJobs(all, shown, text)}
              isFiltered={shown !== 'all' || text !== ''}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}
