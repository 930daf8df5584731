import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { firstIdOf } from '../history/filter.ts';

const DAY_MS = 24 * 3_600_000;

/** What the record keeps. The last failure of each job is kept whatever its age. */
export interface RetentionLimits {
  readonly keepDays: number;
  readonly keepRunsPerJob: number;
  /** Of the output of all runs together. */
  readonly keepOutputBytes: number;
}

/** What the limits mean for the record as it is now. */
export interface RetentionPlan {
  readonly now: EpochMs;
  /** Runs that ended before it go. */
  readonly cutoff: EpochMs;
  /** The last failure of each job. */
  readonly kept: readonly string[];
  /** Jobs with too many runs, and the newest run of each that has to go. */
  readonly crowded: readonly { readonly job: string; readonly newestToGo: string }[];
  /** The output of this run and of all before it goes; null when there is room for all. */
  readonly newestOutputToGo: string | null;
}

const idRow = z.object({ id: z.uuid() });
const crowdedRow = z.object({ job: z.string(), newestToGo: z.uuid() });

export async function planRetention(
  pool: Pool,
  limits: RetentionLimits,
  now: EpochMs,
): Promise<RetentionPlan> {
  const kept = await pool.query(
    `SELECT max(newest.run_id::text) AS id FROM gitcron.jobs
     CROSS JOIN unnest('{failed,timed_out,lost}'::text[]) bad (status)
     CROSS JOIN LATERAL (
       SELECT run_id FROM gitcron.runs
       WHERE job = slug AND runs.status = bad.status
       ORDER BY run_id DESC LIMIT 1) newest
     GROUP BY slug`,
  );
  const crowded = await pool.query(
    `SELECT slug AS job, newest.run_id AS "newestToGo" FROM gitcron.jobs CROSS JOIN LATERAL (
       SELECT run_id FROM gitcron.runs WHERE job = slug
       ORDER BY run_id DESC OFFSET $1 LIMIT 1) newest`,
    [limits.keepRunsPerJob],
  );
  const output = await pool.query(
    `SELECT run_id AS id FROM (
       SELECT run_id, sum(output_bytes) OVER (ORDER BY run_id DESC) AS total
       FROM gitcron.runs WHERE output_bytes > 0) newest_first
     WHERE total > $1 ORDER BY run_id DESC LIMIT 1`,
    [limits.keepOutputBytes],
  );
  return {
    now,
    cutoff: now - limits.keepDays * DAY_MS,
    kept: z
      .array(idRow)
      .parse(kept.rows)
      .map(({ id }) => id),
    crowded: z.array(crowdedRow).parse(crowded.rows),
    newestOutputToGo: z.array(idRow).parse(output.rows)[0]?.id ?? null,
  };
}

/** The id below which every run is older than the cutoff, and the newest that may go at all. */
export function newestThatMayGo(plan: RetentionPlan): string {
  return [firstIdOf(plan.cutoff), ...plan.crowded.map(({ newestToGo }) => newestToGo)]
    .toSorted()
    .slice(-1)
    .join('');
}
