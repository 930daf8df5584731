import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { WindowVirtualizer } from 'virtua';
import { useRowKeys } from '../../keys/row-keys.ts';
import { useNews } from '../../live/live.tsx';
import type { News } from '../../live/news.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { More } from '../../shell/more.tsx';
import { Page } from '../../shell/page.tsx';
import { RunFilters } from './run-filters.tsx';
import { RunRow } from './run-row.tsx';
import { filterOf, FILTERS, runsQuery, type RunFilter } from './runs-query.ts';
import { withRun } from './with-run.ts';
import style from './runs.module.css';

/** The runs, the newest first. What is asked of it stands in the address. */
export function RunsPage() {
  const filter = filterOf(useSearch({ from: '/runs' }));
  const navigate = useNavigate({ from: '/runs' });
  const options = runsQuery(filter);
  const runs = useInfiniteQuery(options);
  const news = useNewRuns(options.queryKey, filter);
  useRowKeys();
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const isComplete = runs.data?.pages.every(({ complete }) => complete) ?? true;
  return (
    <Page title="History">
      <RunFilters
        key={JSON.stringify(filter)}
        filter={filter}
        onChange={(next) => void navigate({ search: next })}
      />
      {isComplete ? null : (
        <p className={style.incomplete}>
          This is not all: the database is away or takes no writes, so older runs may be missing
          until it is back.
        </p>
      )}
      {news.count === 0 ? null : (
        <button type="button" className={style.news} onClick={news.show}>
          Show {news.count === 1 ? 'a new run' : `${news.count} new runs`}
        </button>
      )}
      {runs.error === null ? null : <Complaint of={runs.error} />}
      {runs.isPending ? <p className="soft">Loading the history …</p> : null}
      {runs.isSuccess && items.length === 0 ? <Nothing filter={filter} /> : null}
      <div role="list" aria-label="Runs">
        <WindowVirtualizer
          onScroll={() => {
            const rest =
              document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
            if (rest < 2000 && runs.hasNextPage && !runs.isFetchingNextPage) {
              void runs.fetchNextPage();
            }
          }}
        >
          {items.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </WindowVirtualizer>
      </div>
      <More query={runs}>Older runs</More>
    </Page>
  );
}

function Nothing({ filter }: { readonly filter: RunFilter }) {
  return FILTERS.some((name) => filter[name] !== undefined) ? (
    <p className="soft">No run is like that.</p>
  ) : (
    <p className="soft">No runs yet: the first slot of a job, or “Run now”, makes one.</p>
  );
}

/** Rows that are there change where they stand; new ones are counted, and come when one asks for them. */
function useNewRuns(
  queryKey: ReturnType<typeof runsQuery>['queryKey'],
  filter: RunFilter,
): { readonly count: number; readonly show: () => void } {
  const client = useQueryClient();
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const key = JSON.stringify(filter);
  const onNews = useCallback(
    (news: News) => {
      if (news.name !== 'run') return;
      const run = news.data;
      const wanted: RunFilter = JSON.parse(key);
      const { isThere, data } = withRun(client.getQueryData(queryKey), run);
      if (isThere) client.setQueryData(queryKey, data);
      else if (mayBelong(run, wanted)) setSeen((before) => new Set([...before, run.id]));
    },
    // The key of a query is made anew at each drawing.
    // oxlint-disable-next-line react/exhaustive-deps -- `key` says all that it holds
    [client, key],
  );
  useNews(onNews);
  return {
    count: seen.size,
    show() {
      setSeen(new Set());
      window.scrollTo({ top: 0 });
      void client.resetQueries({ queryKey });
    },
  };
}

/** Whether the server may say so too; a search by text or time is the server's to answer. */
function mayBelong(
  run: { readonly job: string; readonly status: string; readonly trigger: string },
  { job, status, trigger, to }: RunFilter,
): boolean {
  return (
    to === undefined &&
    (job === undefined || run.job === job) &&
    (status === undefined || status.split(',').includes(run.status)) &&
    (trigger === undefined || trigger.split(',').includes(run.trigger))
  );
}
