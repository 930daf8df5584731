import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import { SYSTEM_PREFIX, type JobSource } from '../job-source.ts';
import { instant } from './storable.ts';

interface Timed {
  readonly owner: string;
  readonly source: JobSource;
  readonly revision: string | null;
  readonly from: EpochMs;
  readonly timings: readonly Timing[];
}

interface Timing {
  readonly job: string;
  readonly schedule: string;
  readonly zone: string | null;
  readonly jitterMs: number;
  readonly held: string | null;
  readonly catchUp: string;
  readonly windowMs: number | null;
}

function rowOf({ jitterMs, catchUp, windowMs, ...timing }: Timing) {
  return { ...timing, jitter_ms: jitterMs, catch_up: catchUp, window_ms: windowMs };
}

/** What makes a timing: the same in the entry and in the table. */
const COLUMNS = ['schedule', 'zone', 'jitter_ms', 'held', 'catch_up', 'window_ms'];
const columnsOf = (table: string): string => COLUMNS.map((name) => `${table}.${name}`).join(', ');
const told = columnsOf('told');
const known = columnsOf('known');

/** What is the same goes on; a schedule that is not there any more, or another, has ended. */
export async function storeTimings(client: ClientBase, entry: Timed): Promise<void> {
  const { owner, source, revision, from, timings } = entry;
  await client.query({
    name: 'record-timings',
    text: `WITH told AS (
        SELECT * FROM json_to_recordset($1) AS (job text, schedule text, zone text,
          jitter_ms bigint, held text, catch_up text, window_ms bigint)
      ), same AS (
        SELECT known.id, known.job FROM gitcron.timings known JOIN told USING (job)
        WHERE owner = $2 AND until IS NULL AND ROW(${told}) IS NOT DISTINCT FROM ROW(${known})
      ), ended AS (
        UPDATE gitcron.timings SET until = $3, ended_by = $4
        WHERE owner = $2 AND until IS NULL AND starts_with(job, $5) = $6
          AND id NOT IN (SELECT id FROM same)
      )
      INSERT INTO gitcron.timings
        (owner, job, since, ${COLUMNS.join(', ')})
      SELECT $2, job, $3, ${told} FROM told WHERE job NOT IN (SELECT job FROM same)`,
    values: [
      JSON.stringify(timings.map(rowOf)),
      owner,
      instant(from),
      revision,
      SYSTEM_PREFIX,
      source === 'system',
    ],
  });
}

interface Watched {
  readonly owner: string;
  readonly since: EpochMs;
  readonly until: EpochMs;
}

export async function storeWatched(
  client: ClientBase,
  { owner, since, until }: Watched,
): Promise<void> {
  if (since === until) await endFalseFuture(client, owner, since);
  await client.query({
    name: 'record-watched',
    text: `INSERT INTO gitcron.watched AS known (owner, since, until) VALUES ($1, $2, $3)
      ON CONFLICT (owner, since) DO UPDATE SET until = GREATEST(known.until, excluded.until)`,
    values: [owner, instant(since), instant(until)],
  });
}

/** Where a watch begins nobody has looked at what is still to come: the clock was ahead. */
async function endFalseFuture(client: ClientBase, owner: string, now: EpochMs): Promise<void> {
  const values = [owner, instant(now)];
  await client.query('DELETE FROM gitcron.watched WHERE owner = $1 AND since > $2', values);
  await client.query(
    'UPDATE gitcron.watched SET until = $2 WHERE owner = $1 AND until > $2',
    values,
  );
  await client.query(
    'DELETE FROM gitcron.timings WHERE owner = $1 AND since > $2 AND until IS NOT NULL',
    values,
  );
  await client.query(
    // LEAST would take the instant for the end of a schedule that has none.
    `UPDATE gitcron.timings SET since = LEAST(since, $2),
       until = CASE WHEN until > $2 THEN $2 ELSE until END
     WHERE owner = $1 AND GREATEST(since, until) > $2`,
    values,
  );
}

interface GivenUp {
  readonly owner: string;
  readonly cause: string;
  readonly until: EpochMs;
  readonly jobs: readonly { readonly slug: string; readonly after: EpochMs }[];
}

export async function storeGivenUp(client: ClientBase, entry: GivenUp): Promise<void> {
  const { owner, cause, until, jobs } = entry;
  await client.query({
    name: 'record-given-up',
    text: `INSERT INTO gitcron.given_up (owner, job, after, until, cause)
      SELECT $1, job, after, $4, $5 FROM unnest($2::text[], $3::timestamptz[]) told (job, after)
      ON CONFLICT DO NOTHING`,
    values: [
      owner,
      jobs.map(({ slug }) => slug),
      jobs.map(({ after }) => instant(after)),
      instant(until),
      cause,
    ],
  });
}
