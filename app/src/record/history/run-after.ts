import type { Pool } from 'pg';
import type { RunPlace } from './history.ts';
import { runSummary, SUMMARY_COLUMNS, type RunSummary } from './rows.ts';

/** The next run of a job after a place in history; null when there is none. */
export async function findRunAfter(
  pool: Pool,
  job: string,
  { queuedAt, runId }: RunPlace,
): Promise<RunSummary | null> {
  const { rows } = await pool.query({
    name: 'history-run-after',
    text: `SELECT ${SUMMARY_COLUMNS} FROM gitcron.runs
      WHERE job = $1 AND (queued_at, run_id) > ($2, $3::uuid)
      ORDER BY queued_at, run_id LIMIT 1`,
    values: [job, new Date(queuedAt), runId],
  });
  return rows[0] === undefined ? null : runSummary.parse(rows[0]);
}
