import type { Pool } from 'pg';
import { z } from 'zod';
import { RUN_STATUSES, type RunStatus } from '../../api/run.ts';
import type { EpochMs } from '@gitcron/base/clock';

/** A run as one mark in a row of them. */
export interface RunMark {
  readonly runId: string;
  readonly status: RunStatus;
  readonly queuedAt: EpochMs;
  readonly durationMs: number | null;
}

const status = z.enum(RUN_STATUSES);

/** `id status queued-at duration`: of thousands of jobs that is made several times faster than JSON. */
const row = z.object({
  slug: z.string(),
  marks: z.string().transform((text) => text.split(',').map((mark) => markOf(mark))),
});

function markOf(text: string): RunMark {
  const [runId = '', itsStatus, queuedAt, durationMs = ''] = text.split(' ');
  return {
    runId,
    status: status.parse(itsStatus),
    queuedAt: Number(queuedAt),
    durationMs: durationMs === '' ? null : Number(durationMs),
  };
}

/**
 * The last runs of each job in force, the newest first, by slug.
 * @param slug - of the one that is asked for; null for all.
 */
export async function selectLately(
  pool: Pool,
  limit: number,
  slug: string | null,
): Promise<ReadonlyMap<string, readonly RunMark[]>> {
  const { rows } = await pool.query({
    name: 'history-lately',
    text: `SELECT slug, lately.marks FROM gitcron.jobs
      CROSS JOIN LATERAL (
        SELECT string_agg(run_id::text || ' ' || status || ' '
            || ((date_part('epoch', queued_at) * 1000)::bigint)::text || ' '
            || COALESCE(duration_ms::text, ''), ',' ORDER BY queued_at DESC, run_id DESC) AS marks
        FROM (
          SELECT run_id, status, queued_at, duration_ms FROM gitcron.runs WHERE job = slug
          ORDER BY queued_at DESC, run_id DESC LIMIT $1
        ) newest
      ) lately
      WHERE removed_at IS NULL AND lately.marks IS NOT NULL AND ($2::text IS NULL OR slug = $2)`,
    values: [limit, slug],
  });
  return new Map(
    z
      .array(row)
      .parse(rows)
      .map(({ slug: job, marks }) => [job, marks]),
  );
}
