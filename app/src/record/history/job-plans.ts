import type { Pool } from 'pg';
import { z } from 'zod';
import { plannedJob } from '../../api/plan.ts';
import type { EventPlace } from './events.ts';

const row = z.object({
  at: z.date().transform((date) => date.getTime()),
  segment: z.uuid(),
  position: z.coerce.number().int(),
  revision: z.string(),
  reason: z.enum(['new revision', 'rollback']),
  subject: z.string(),
  author: z.string(),
  job: plannedJob.nullable(),
});

/** A release that became current, and what it planned of a job; null: it has no such job. */
export type JobPlan = z.output<typeof row>;

/** What the releases planned of a job that became current one after the other, the newest first. */
export async function readJobPlans(
  pool: Pool,
  slug: string,
  limit: number,
  before: EventPlace | undefined,
): Promise<readonly JobPlan[]> {
  const { rows } = await pool.query({
    name: 'history-job-plans',
    text: `WITH current AS MATERIALIZED (
        SELECT events.at, segment, position, revision, detail ->> 'reason' AS reason, subject, author,
          jobs_hash
        FROM gitcron.events JOIN gitcron.releases USING (revision)
        WHERE type = 'release_activated' AND detail ->> 'reason' <> 'start' AND jobs_hash IS NOT NULL
          AND ($3::timestamptz IS NULL OR at <= $3)
          AND ($3 IS NULL OR (at, segment, position) < ($3, $4::uuid, $5::bigint))
        ORDER BY at DESC, segment DESC, position DESC LIMIT $2
      ), planned AS MATERIALIZED (
        SELECT hash, (SELECT job FROM json_array_elements(body::json -> 'items') job
          WHERE job ->> 'slug' = $1 LIMIT 1) AS job
        FROM gitcron.contents WHERE hash IN (SELECT jobs_hash FROM current)
      )
      SELECT current.*, planned.job FROM current JOIN planned ON hash = jobs_hash
      ORDER BY at DESC, segment DESC, position DESC`,
    values: [
      slug,
      limit,
      before === undefined ? null : new Date(before.at),
      before?.segment ?? null,
      before?.position ?? null,
    ],
  });
  return z.array(row).parse(rows);
}
