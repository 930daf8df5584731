import type { Pool } from 'pg';
import { z } from 'zod';
import type { RunPlace } from './history.ts';

/** So many failures of a job are looked through. */
const MOST_FAILURES = 500;

const failureRow = z.object({
  runId: z.uuid(),
  queuedAt: z.date().transform((date) => date.getTime()),
  reason: z.string().nullable(),
  error: z.string().nullable(),
});
export type Failure = z.output<typeof failureRow>;

/** The last run of a job before a place in history that succeeded. */
export async function findLastSuccess(
  pool: Pool,
  job: string,
  { queuedAt, runId }: RunPlace,
): Promise<string | null> {
  const { rows } = await pool.query({
    name: 'history-last-success',
    text: `SELECT run_id AS "runId" FROM gitcron.runs
      WHERE job = $1 AND status = 'succeeded' AND (queued_at, run_id) < ($2, $3::uuid)
      ORDER BY queued_at DESC, run_id DESC LIMIT 1`,
    values: [job, new Date(queuedAt), runId],
  });
  const [found] = z.array(failureRow.pick({ runId: true })).parse(rows);
  return found?.runId ?? null;
}

/** The last runs of a job before a place in history that failed, timed out or were lost, the newest first. */
export async function listFailures(
  pool: Pool,
  job: string,
  { queuedAt, runId }: RunPlace,
): Promise<readonly Failure[]> {
  const { rows } = await pool.query({
    name: 'history-failures',
    text: `SELECT run_id AS "runId", queued_at AS "queuedAt", reason, error
      FROM unnest('{failed,timed_out,lost}'::text[]) told (status)
      CROSS JOIN LATERAL (
        SELECT run_id, queued_at, reason, error FROM gitcron.runs
        WHERE job = $1 AND runs.status = told.status AND (queued_at, run_id) < ($2, $3::uuid)
        ORDER BY queued_at DESC, run_id DESC LIMIT ${MOST_FAILURES}) failures
      ORDER BY queued_at DESC, run_id DESC LIMIT ${MOST_FAILURES}`,
    values: [job, new Date(queuedAt), runId],
  });
  return z.array(failureRow).parse(rows);
}
