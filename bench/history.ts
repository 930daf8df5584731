/**
 * How fast history is read when there is a lot of it.
 *
 * Fills a database of its own with runs (RUNS, default a million) and asks it, through the very
 * code of the API and the command line, for what people look at. Prints the time of each question
 * in milliseconds, and fails when one takes more than the promise.
 *
 *   node bench/history.ts                       an embedded Postgres
 *   TEST_DATABASE_URL=postgres://… node bench/history.ts
 */
import { Client } from 'pg';
import { createPool } from '../app/src/record/database/pool.ts';
import { migrate } from '../app/src/record/database/migrate.ts';
import { prepareTextSearch } from '../app/src/record/database/text-search.ts';
import { createHistory } from '../app/src/record/history/history.ts';
import type { RunFilter } from '../app/src/record/history/filter.ts';
import { planOutput, planRuns } from '../app/src/record/retention/retention-plan.ts';
import { silentLogger } from '../app/test/record/silent-logger.ts';
import { startTestServer } from '../app/test/record/test-database.ts';

const RUNS = Number(process.env['RUNS'] ?? 1_000_000);
const PROMISE_MS = 50;
const ROUNDS = 20;

const server = await startTestServer();
const databaseUrl = await server.createDatabase();
const pool = createPool(databaseUrl, silentLogger, 1);
try {
  await migrate(databaseUrl, silentLogger);
  await prepareTextSearch(databaseUrl, silentLogger);
  console.log(`filling in ${RUNS} runs …`);
  await fill(databaseUrl);
  console.log(`${'milliseconds:'.padEnd(42)}  median fastest   first`);
  const slowest = await measure();
  console.log(`slowest median: ${slowest.toFixed(1)} ms of ${PROMISE_MS} ms`);
  const before = performance.now();
  const limits = { keepDays: 60, keepRunsPerJob: 10_000, keepOutputBytes: 2 ** 30 };
  await planRuns(pool, limits, Date.now());
  await planOutput(pool, limits, null);
  console.log(`planning a clean-up: ${(performance.now() - before).toFixed(0)} ms`);
  if (slowest > PROMISE_MS) process.exitCode = 1;
} finally {
  await pool.end();
  await server.stop();
}

interface RunPlaceRow {
  readonly queuedAt: Date;
  readonly runId: string;
}

async function measure(): Promise<number> {
  const history = createHistory(pool);
  const day = 24 * 3_600_000;
  const middle = await pool.query<RunPlaceRow>(
    `SELECT queued_at AS "queuedAt", run_id AS "runId" FROM gitcron.runs
     ORDER BY queued_at, run_id OFFSET $1 LIMIT 1`,
    [Math.floor(RUNS / 2)],
  );
  const { queuedAt = new Date(), runId = '' } = middle.rows[0] ?? {};
  const before = { queuedAt: queuedAt.getTime(), runId };
  const period = { from: Date.now() - 50 * day, to: Date.now() - 49 * day };
  const questions: Record<string, RunFilter> = {
    'history, first page': {},
    'history, a page in the middle': { before },
    'runs of a job': { job: 'job-7' },
    'runs of a job that runs rarely': { job: 'job-49' },
    failed: { status: ['failed', 'timed_out', 'lost'] },
    'failed, of a job': { job: 'job-7', status: ['failed', 'timed_out', 'lost'] },
    'lost, of a job without any': { job: 'job-49', status: ['lost'] },
    'by http': { trigger: ['http'] },
    'of a release, by its short hash': { revision: 'c4ca4238' },
    'a day, 50 days ago': period,
    'failed on that day, of a job': { ...period, job: 'job-7', status: ['failed'] },
    'text that is everywhere': { text: 'exit code' },
    'text that is in one run in 100': { text: 'ECONNREFUSED' },
    'text that is in one run in 10,000': { text: 'ENOSPC' },
    'text that is nowhere': { text: 'xyzzy-plugh' },
    'text in failed runs of a job': { job: 'job-7', status: ['failed'], text: 'econnrefused' },
    'text in failed runs of a job on a day': {
      ...period,
      job: 'job-7',
      status: ['failed'],
      text: 'econnrefused',
    },
    'text in a result': { text: '"rows": 123456' },
  };
  const medians: number[] = [];
  for (const [name, filter] of Object.entries(questions)) {
    medians.push(await time(name, async () => (await history.runs(filter, 50)).items.length));
  }
  medians.push(
    await time('a job and how it has been', async () => ((await history.job('job-7')) ? 1 : 0)),
  );
  medians.push(
    await time('all jobs and how they have been', async () => (await history.jobs()).length),
  );
  medians.push(await time('a run', async () => ((await history.run(runId)) ? 1 : 0)));
  medians.push(await time('releases', async () => (await history.releases(50)).items.length));
  return Math.max(...medians);
}

async function time(name: string, ask: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    found = await ask();
    times.push(performance.now() - start);
  }
  const first = times[0] ?? 0;
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const fastest = sorted[0] ?? 0;
  const numbers = [median, fastest, first].map((ms) => ms.toFixed(1).padStart(8)).join('');
  console.log(`${name.padEnd(42)}${numbers}   ${found} found`);
  return median;
}

/** 100 days of 50 jobs: some run every few seconds, some once a day. */
async function fill(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`INSERT INTO gitcron.jobs (slug, command, seen_at)
    SELECT 'job-' || n, 'node job-' || n || '.ts', now() FROM generate_series(0, 49) n`);
  await client.query(`INSERT INTO gitcron.releases (revision, subject, author, status, noticed_at)
    SELECT md5(n::text) || md5(n::text), 'Commit ' || n, 'Ada', 'inactive',
      now() - n * interval '5 hours' FROM generate_series(0, 499) n`);
  await client.query('SET work_mem = $$256MB$$; SET maintenance_work_mem = $$256MB$$');
  const batch = 100_000;
  for (let start = 0; start < RUNS; start += batch) {
    await client.query(
      `INSERT INTO gitcron.runs (run_id, job, command, trigger, status, queued_at, started_at,
         finished_at, duration_ms, attempt, exit_code, reason, result, revision, host, owner,
         instance, output_bytes)
       SELECT
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
           || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
         'job-' || job, 'node job-' || job || '.ts',
         CASE WHEN n % 997 = 0 THEN 'http' ELSE 'schedule' END, status, at, at,
         at + interval '2 s', 2000, 1, CASE WHEN status = 'failed' THEN 1 ELSE 0 END,
         CASE WHEN status = 'succeeded' THEN 'It ended with exit code 0.'
           WHEN n % 10000 = 50 THEN 'Exit code 1: ENOSPC, no space left on device ' || md5(n::text)
           WHEN n % 100 = 50 THEN 'Exit code 1: connect ECONNREFUSED 10.0.0.' || n % 255 || ':5432'
           ELSE 'Exit code 1: ' || md5(n::text) || ' is not a function at step ' || n % 1000 END,
         CASE WHEN n % 5 = 0 THEN '{"rows": ' || n || ', "file": "/data/' || md5(n::text) || '"}' END,
         md5((n * 500 / $2)::text) || md5((n * 500 / $2)::text), 'host',
         '00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000000', 1000
       FROM (
         SELECT n, date_trunc('milliseconds', now() - ($2 - n) * (interval '100 days' / $2)) AS at,
           (50 * power(random(), 4))::integer % 50 AS job,
           CASE WHEN n % 100 = 50 OR n % 25 = 3 THEN 'failed' WHEN n % 1009 = 1 THEN 'timed_out'
             WHEN n % 5003 = 7 THEN 'lost' ELSE 'succeeded' END AS status
         FROM generate_series($1::bigint, $1::bigint + ${batch - 1}) n) run
       ON CONFLICT DO NOTHING`,
      [start, RUNS],
    );
  }
  await client.query('VACUUM ANALYZE');
  await client.end();
}
