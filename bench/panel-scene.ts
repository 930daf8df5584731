/**
 * The house that the panel is judged by: 2,000 jobs, a million runs, and one run that wrote 64 MB in
 * a million lines, behind a real supervisor. Filled in by SQL, so it takes a minute and not a year.
 */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openHouse, type House } from '../app/test/http/house.ts';
import { startTestServer } from '../app/test/record/test-database.ts';
import { RunOutput } from '../app/src/record/output/run-output.ts';
import type { OutputChunk } from '../app/src/record/output/chunk.ts';

export const JOBS = 2000;
const SECTIONS = ['Finance', 'Imports', 'Reports', 'Clean-up', 'Mail', 'Customers'];
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'];
const RELEASES = 200;
const PLANS = 40;

export interface PanelScene extends AsyncDisposable {
  readonly house: House;
  readonly databaseUrl: string;
  /** The run with the long output. */
  readonly longRun: string;
}

export interface PanelSceneOptions {
  readonly runs: number;
  readonly lines: number;
}

export async function openPanelScene({ runs, lines }: PanelSceneOptions): Promise<PanelScene> {
  const server = await startTestServer({
    ownServer: true,
    parameters: { shared_buffers: '256MB' },
  });
  const databaseUrl = await server.createDatabase();
  const house = await openHouse({ crontab: crontabOf(JOBS), databaseUrl });
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await untilPlanned(client);
  await fillReleases(client);
  await fillRuns(client, runs);
  const longRun = await fillOutput(client, lines);
  // Slots are explained from when on they were looked after.
  await client.query(`UPDATE gitcron.timings SET since = since - interval '2 days';
    UPDATE gitcron.watched SET since = since - interval '2 days'`);
  await client.query('VACUUM ANALYZE');
  await client.end();
  return {
    house,
    databaseUrl,
    longRun,
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

/** Each day once, but for one of every second and some of every few minutes. */
function crontabOf(count: number): string {
  const jobs = Array.from({ length: count }, (_, n) => {
    const schedule =
      n === 0
        ? '* * * * * *'
        : n % 200 === 1
          ? `*/${1 + (n % 7)} * * * *`
          : `${n % 60} ${Math.floor(n / 60) % 24} * * *`;
    const section = n % 50 === 0 ? `# @section ${SECTIONS[(n / 50) % SECTIONS.length]}\n\n` : '';
    const zone = `CRON_TZ=${ZONES[Math.floor(n / 500) % ZONES.length]}\n`;
    return `${section}${n % 500 === 0 ? zone : ''}# Does what the ${n}th department asks for every day.\n# @name job-${n}\n# @title The ${n}th of our jobs\n# @timeout 5m\n${schedule} true\n`;
  });
  return jobs.join('\n');
}

async function untilPlanned(client: Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      'SELECT FROM gitcron.releases WHERE jobs_hash IS NOT NULL',
    );
    if (rowCount !== 0) return;
    await client.query('SELECT pg_sleep(0.1)');
  }
}

/** Commits of 100 days; every fifth changes a job's line. */
async function fillReleases(client: Client): Promise<void> {
  await client.query(`INSERT INTO gitcron.contents (hash, body, used_at)
    SELECT md5('plan' || n), regexp_replace(body, '"command":"true"', '"command":"true ' || n || '"'), now()
    FROM generate_series(1, ${PLANS}) n,
      (SELECT body FROM gitcron.contents JOIN gitcron.releases ON hash = jobs_hash LIMIT 1) current`);
  await client.query(`INSERT INTO gitcron.releases (revision, subject, author, status, noticed_at, jobs_hash)
    SELECT md5(n::text) || md5(n::text), 'Commit ' || n, 'Ada', 'inactive', now() - n * interval '12 hours',
      md5('plan' || (1 + n / ${RELEASES / PLANS} % ${PLANS}))
    FROM generate_series(0, ${RELEASES - 1}) n`);
  await client.query(
    `INSERT INTO gitcron.events (segment, position, at, type, revision, detail)
     SELECT $1, row_number() OVER (), noticed_at, type, revision,
       json_build_object('reason', 'new revision', 'durationMs', 700)
     FROM gitcron.releases, unnest('{revision_noticed,sync_published,release_activated}'::text[]) type
     WHERE author = 'Ada'`,
    [randomUUID()],
  );
  await client.query(
    `INSERT INTO gitcron.events (segment, position, at, type, detail)
     SELECT $1, n, now() - n * interval '1 minute', 'logged_in', '{"by": "administrator", "from": "::1"}'
     FROM generate_series(1, 100000) n`,
    [randomUUID()],
  );
}

/** 100 days: few jobs run often, most once a day; one run in 20 fails. */
async function fillRuns(client: Client, runs: number): Promise<void> {
  await client.query("SET work_mem = '256MB'; SET maintenance_work_mem = '256MB'");
  const batch = 100_000;
  for (let start = 0; start < runs; start += batch) {
    await client.query(
      `INSERT INTO gitcron.runs (run_id, job, command, trigger, requested_by, status, scheduled_at,
         queued_at, started_at, finished_at, duration_ms, attempt, exit_code, reason, error, result,
         revision, host, owner, instance, output_bytes)
       SELECT
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
           || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
         'job-' || job, 'true', CASE WHEN n % 997 = 0 THEN 'http' WHEN n % 91 = 0 THEN 'manual'
           ELSE 'schedule' END, CASE WHEN n % 91 = 0 THEN 'Ann Lee' END, status,
         CASE WHEN n % 997 <> 0 AND n % 91 <> 0 THEN date_trunc('second', at) END, at, at,
         at + ms * interval '1 ms', ms, 1, CASE WHEN status = 'failed' THEN 1 ELSE 0 END,
         CASE status WHEN 'succeeded' THEN 'It ended with exit code 0.' ELSE 'It ended with exit code 1.' END,
         CASE WHEN status = 'succeeded' THEN NULL
           WHEN n % 10000 = 50 THEN 'Error: ENOSPC, no space left on device ' || md5(n::text)
           WHEN n % 100 = 50 THEN 'Error: connect ECONNREFUSED 10.0.0.' || n % 255 || ':5432'
           ELSE repeat('a line of the trace' || chr(10), 20) || 'TypeError: ' || md5(n::text) || ' is not a function' END,
         CASE WHEN n % 5 = 0 THEN '{"rows": ' || n || ', "file": "/data/' || md5(n::text) || '"}' END,
         md5((n * ${RELEASES} / $2)::text) || md5((n * ${RELEASES} / $2)::text), 'host',
         supervisors.owner, supervisors.instance, 1000
       FROM (
         SELECT n, date_trunc('milliseconds', now() - ($2 - n) * (interval '100 days' / $2)) AS at,
           CASE WHEN n % 5 < 2 THEN n % 20 * 100 ELSE n % ${JOBS} END AS job, 200 + n * 7919 % 5000 AS ms,
           CASE WHEN n % 100 = 50 OR n % 25 = 3 THEN 'failed' WHEN n % 1009 = 1 THEN 'timed_out'
             WHEN n % 5003 = 7 THEN 'lost' WHEN n % 2003 = 9 THEN 'canceled' ELSE 'succeeded' END AS status
         FROM generate_series($1::bigint, $1::bigint + ${batch - 1}) n) run, gitcron.supervisors
       ON CONFLICT DO NOTHING`,
      [start, runs],
    );
  }
}

/** In pieces as the recorder makes them: both streams, colours, long lines, letters of several bytes. */
async function fillOutput(client: Client, lines: number): Promise<string> {
  const { rows } = await client.query<{ run_id: string }>(
    `SELECT run_id FROM gitcron.runs WHERE job = 'job-1999' ORDER BY queued_at DESC LIMIT 1`,
  );
  const [{ run_id: runId } = { run_id: '' }] = rows;
  let pieces: OutputChunk[] = [];
  const output = new RunOutput(runId, 2 ** 31, (chunk) => pieces.push(chunk));
  const store = async () => {
    const columns = pieces.map(({ sequence, stream, at, bytes }) => [
      sequence,
      stream,
      new Date(at),
      bytes,
    ]);
    const places = columns.map(
      (_, i) => `($1, $${4 * i + 2}, 1, $${4 * i + 3}, $${4 * i + 4}, $${4 * i + 5})`,
    );
    pieces = [];
    if (columns.length === 0) return;
    await client.query(
      `INSERT INTO gitcron.output (run_id, sequence, attempt, stream, at, bytes) VALUES ${places.join(', ')}`,
      [runId, ...columns.flat()],
    );
  };
  let now = Date.now() - 3_600_000;
  for (let line = 0; line < lines;) {
    // A pipe holds 64 KiB: about a thousand lines come together.
    const count = Math.min(1 + ((line * 7919) % 2000), lines - line);
    const text = Array.from({ length: count }, (_, index) => lineOf(line + index, lines)).join('');
    output.append(1, line % 7 === 0 ? 'stderr' : 'stdout', now, Buffer.from(text));
    line += count;
    now += 3;
    if (pieces.length >= 50) await store();
  }
  output.finish();
  await store();
  await client.query(
    `UPDATE gitcron.runs SET output_bytes = $2, error = $3, status = 'failed' WHERE run_id = $1`,
    [runId, output.size().bytes, 'TypeError: x is not a function'],
  );
  return runId;
}

function lineOf(line: number, lines: number): string {
  if (line === lines - 1) return 'TypeError: x is not a function\n';
  if (line % 5000 === 0) return `${line} ${'long '.repeat(400)}\n`;
  if (line % 100 === 0) return `\u001B[33mwarning\u001B[0m ${line}: Zürich → 東京 is slow\n`;
  if (line === Math.floor(lines / 2)) return `${line} the needle in it all\n`;
  return `${line} read a row of the table of orders, and wrote it to the other\n`;
}
