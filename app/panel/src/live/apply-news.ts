import type { QueryClient } from '@tanstack/react-query';
import type { JobView } from '../../../src/api/job.ts';
import type { RunSummaryView } from '../../../src/api/run.ts';
import type { StatusView } from '../../../src/api/status.ts';
import { putJob } from '../api/put-job.ts';
import { fetchJob, jobsQuery, statusQuery, STRIP_RUNS } from '../api/queries.ts';
import type { News } from './news.ts';

/** What changed within so long is asked for in one go. */
const GATHER_MS = 500;

/** More jobs than that at once, and the whole list is less than its parts. */
const MANY_JOBS = 25;

/** Brings what pages have in hand up to date with the news: what changed, and not everything. */
export function createNewsReader(client: QueryClient): (news: News) => void {
  const jobs = new Set<string>();
  const stale = new Set<string>();
  let gathering = false;

  function gather(): void {
    if (gathering) return;
    gathering = true;
    setTimeout(() => void bringUp(), GATHER_MS);
  }

  async function bringUp(): Promise<void> {
    const slugs = [...jobs];
    const keys = [...stale];
    jobs.clear();
    stale.clear();
    gathering = false;
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
    const list = client.getQueryData(jobsQuery.queryKey);
    const known = slugs.filter((slug) => list?.some((job) => job.slug === slug));
    if (known.length > MANY_JOBS) {
      await client.invalidateQueries({ queryKey: jobsQuery.queryKey });
      return;
    }
    await Promise.all(
      slugs.map(async (slug) => {
        void client.invalidateQueries({ queryKey: ['job', slug] });
        if (!known.includes(slug)) return;
        // It may be gone by now; then the crontab's own news follow.
        const fresh = await fetchJob(slug).catch(() => null);
        if (fresh !== null) putJob(client, fresh);
      }),
    );
  }

  return (news) => {
    switch (news.name) {
      case 'reset':
        void client.invalidateQueries();
        return;
      case 'run':
        putRun(client, news.data);
        jobs.add(news.data.job);
        stale.add('status');
        break;
      case 'job':
        jobs.add(news.data.slug);
        break;
      case 'jobs':
        for (const key of ['jobs', 'job', 'status']) stale.add(key);
        break;
      case 'release':
        for (const key of ['status', 'releases', 'revisions']) stale.add(key);
        break;
      case 'needs':
        client.setQueryData(statusQuery.queryKey, (status: StatusView | undefined) =>
          status === undefined ? status : { ...status, needs: news.data.needs },
        );
        return;
    }
    gather();
  };
}

/** At once, as far as the news themselves say it; the job itself follows. */
function putRun(client: QueryClient, run: RunSummaryView): void {
  client.setQueryData(jobsQuery.queryKey, (list: JobView[] | undefined) =>
    list?.map((job) => (job.slug === run.job ? withRun(job, run) : job)),
  );
  void client.invalidateQueries({ queryKey: ['run', run.id] });
}

function withRun(job: JobView, run: RunSummaryView): JobView {
  const { id, status, queuedAt, durationMs } = run;
  const isNewest = job.last === null || job.last.queuedAt <= queuedAt;
  const marks = job.lately?.runs ?? [];
  const mark = { id, status, queuedAt, durationMs };
  const runs = marks.some((one) => one.id === id)
    ? marks.map((one) => (one.id === id ? mark : one))
    : [mark, ...marks].slice(0, STRIP_RUNS);
  return {
    ...job,
    last: isNewest ? run : job.last,
    ...(job.lately === undefined ? {} : { lately: { ...job.lately, runs } }),
  };
}
