import type { Pool } from 'pg';
import { z } from 'zod';
import { jobRow, runSummary, SUMMARY_COLUMNS, type JobHistory } from './rows.ts';

const rawRow = jobRow.omit({ last: true, lastFailure: true });

/**
 * Jobs with how they have been doing lately.
 * @param slug - of the one that is asked for; null for all.
 */
export async function listJobs(pool: Pool, slug: string | null): Promise<readonly JobHistory[]> {
  const { rows } = await pool.query({
    name: 'history-jobs',
    text: `SELECT jobs.slug, jobs.description, jobs.command, jobs.schedule, jobs.zone,
        jobs.disabled, jobs.seen_at AS "seenAt", jobs.removed_at AS "removedAt",
        last.run_id AS "lastId", failure.run_id AS "failureId",
        COALESCE(recent.counts, '{}') AS recent
      FROM gitcron.jobs
      LEFT JOIN LATERAL (
        SELECT run_id FROM gitcron.runs WHERE job = slug
        ORDER BY queued_at DESC, run_id DESC LIMIT 1
      ) last ON TRUE
      LEFT JOIN LATERAL (
        SELECT run_id FROM unnest('{failed,timed_out,lost}'::text[]) bad (status)
        CROSS JOIN LATERAL (
          SELECT run_id, queued_at FROM gitcron.runs
          WHERE job = slug AND runs.status = bad.status
          ORDER BY queued_at DESC, run_id DESC LIMIT 1) newest
        ORDER BY queued_at DESC, run_id DESC LIMIT 1
      ) failure ON TRUE
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(status, count) AS counts FROM (
          SELECT status, count(*) FROM (
            SELECT status FROM gitcron.runs WHERE job = slug
            ORDER BY queued_at DESC, run_id DESC LIMIT 100
          ) runs WHERE status NOT IN ('queued', 'running') GROUP BY status) counted
      ) recent ON TRUE
      WHERE $1::text IS NULL OR slug = $1
      ORDER BY slug`,
    values: [slug],
  });
  const ids = rows.flatMap((row: { lastId: unknown; failureId: unknown }) => [
    row.lastId,
    row.failureId,
  ]);
  const runs = await pool.query({
    name: 'history-runs-by-id',
    text: `SELECT ${SUMMARY_COLUMNS} FROM gitcron.runs WHERE run_id = ANY ($1::uuid[])`,
    values: [ids.filter((id) => id !== null)],
  });
  const byId = new Map(
    z
      .array(runSummary)
      .parse(runs.rows)
      .map((run) => [run.runId, run]),
  );
  return rows.map((row: { lastId: string; failureId: string }) => ({
    ...rawRow.parse(row),
    last: byId.get(row.lastId) ?? null,
    lastFailure: byId.get(row.failureId) ?? null,
  }));
}

const instant = z.date().transform((date) => date.getTime());

const failingRow = z.object({ slug: z.string(), runId: z.string(), failedAt: instant.nullable() });
/** A job and the run that says that it fails. */
export type FailingJob = z.output<typeof failingRow>;

/** Runs that are not over, were skipped or were canceled say nothing about whether a job works. */
export async function listFailingJobs(pool: Pool): Promise<readonly FailingJob[]> {
  const { rows } = await pool.query({
    name: 'history-failing-jobs',
    text: `SELECT slug, last.run_id AS "runId",
        last.finished_at AS "failedAt" FROM gitcron.jobs
      CROSS JOIN LATERAL (
        SELECT told.status, run_id, finished_at
        FROM unnest('{succeeded,failed,timed_out,lost}'::text[]) told (status)
        CROSS JOIN LATERAL (
          SELECT run_id, queued_at, finished_at FROM gitcron.runs
          WHERE job = slug AND runs.status = told.status
          ORDER BY queued_at DESC, run_id DESC LIMIT 1) newest
        ORDER BY queued_at DESC, run_id DESC LIMIT 1
      ) last
      WHERE removed_at IS NULL AND last.status <> 'succeeded'
      ORDER BY slug`,
  });
  return z.array(failingRow).parse(rows);
}

const endsRow = z.object({
  slug: z.string(),
  ran: instant.nullable(),
  succeeded: instant.nullable(),
});

/** When the last run of each job in force ended, and the last that succeeded. */
export async function listLastEnds(pool: Pool): Promise<readonly z.output<typeof endsRow>[]> {
  const { rows } = await pool.query({
    name: 'history-last-ends',
    text: `SELECT slug, max(newest.finished_at) AS ran,
        max(newest.finished_at) FILTER (WHERE newest.status = 'succeeded') AS succeeded
      FROM gitcron.jobs
      LEFT JOIN LATERAL (
        SELECT told.status, run.finished_at
        FROM unnest('{succeeded,failed,timed_out,canceled,lost}'::text[]) told (status)
        CROSS JOIN LATERAL (
          SELECT finished_at FROM gitcron.runs
          WHERE job = slug AND runs.status = told.status
          ORDER BY queued_at DESC, run_id DESC LIMIT 1) run
      ) newest ON TRUE
      WHERE removed_at IS NULL
      GROUP BY slug`,
  });
  return z.array(endsRow).parse(rows);
}
