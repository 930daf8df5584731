import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { RUN_STATUSES } from '../../api/run.ts';
import type { RunPlace } from './history.ts';

/** So many failures of a job are looked through. */
const MOST_FAILURES = 500;

const failureRow = z.object({
  runId: z.uuid(),
  queuedAt: z.date().transform((date) => date.getTime()),
  status: z.enum(RUN_STATUSES),
  signal: z.string().nullable(),
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
    text: `SELECT run_id AS "runId", queued_at AS "queuedAt", failures.status, signal, reason, error
      FROM unnest('{failed,timed_out,lost}'::text[]) told (status)
      CROSS JOIN LATERAL (
        SELECT run_id, queued_at, runs.status, signal, reason, error FROM gitcron.runs
        WHERE job = $1 AND runs.status = told.status AND (queued_at, run_id) < ($2, $3::uuid)
        ORDER BY queued_at DESC, run_id DESC LIMIT ${MOST_FAILURES}) failures
      ORDER BY queued_at DESC, run_id DESC LIMIT ${MOST_FAILURES}`,
    values: [job, new Date(queuedAt), runId],
  });
  return z.array(failureRow).parse(rows);
}

const startedRow = z.object({ startedAt: z.date().transform((date) => date.getTime()) });

/**
 * When the supervisor that began a run was started, where another start of it began an earlier run.
 * @returns null where both are of the same start, or where that of the later run is not known any more.
 */
export async function findStartBetween(
  pool: Pool,
  earlier: string,
  later: string,
): Promise<EpochMs | null> {
  const { rows } = await pool.query({
    name: 'history-start-between',
    text: `SELECT supervisors.started_at AS "startedAt"
      FROM gitcron.runs earlier, gitcron.runs later
      JOIN gitcron.supervisors ON supervisors.instance = later.instance
      WHERE earlier.run_id = $1 AND later.run_id = $2 AND earlier.instance <> later.instance`,
    values: [earlier, later],
  });
  return z.array(startedRow).parse(rows)[0]?.startedAt ?? null;
}

/**
 * What a job was called before: the one job with the same command that a crontab took away before it
 * ran.
 * @returns null where there is none, or several.
 */
export async function findFormerName(
  pool: Pool,
  {
    job,
    command,
    queuedAt,
  }: { readonly job: string; readonly command: string; readonly queuedAt: EpochMs },
): Promise<string | null> {
  const { rows } = await pool.query({
    name: 'history-former-name',
    text: `SELECT slug FROM gitcron.jobs
      WHERE command = $1 AND slug <> $2 AND removed_at <= $3 LIMIT 2`,
    values: [command, job, new Date(queuedAt)],
  });
  const [found, another] = z.array(z.object({ slug: z.string() })).parse(rows);
  return found === undefined || another !== undefined ? null : found.slug;
}
