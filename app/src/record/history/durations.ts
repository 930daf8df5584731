import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';

/** Of a job that runs every second, so many are looked at: a day of it. */
const MOST_RUNS = 100_000;
const MOST_RELEASES = 500;

const instant = z.date().transform((date) => date.getTime());
const count = z.coerce.number().int();
const ms = z.coerce.number().nullable();

const spanRow = z.object({
  from: instant,
  /** When the first of its runs was queued. */
  firstAt: instant,
  runs: count,
  succeeded: count,
  shortestMs: ms,
  medianMs: ms,
  longestMs: ms,
});
const releaseRow = z.object({ revision: z.string(), at: instant });

/** How long a job's runs took, in spans of time. */
export interface Durations {
  /** Those in which runs ended, oldest first. */
  readonly spans: readonly z.output<typeof spanRow>[];
  /** The first run of each release in that time, oldest first. */
  readonly releases: readonly z.output<typeof releaseRow>[];
  /** From when on; later than asked for where there are more runs than are looked at. */
  readonly from: EpochMs;
}

export interface DurationsRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Into how many spans it is divided. */
  readonly spans: number;
}

/** Runs that began and ended; what was canceled or lost says nothing of how long a job takes. */
const LOOKED_AT = `SELECT queued_at, revision, status, duration_ms FROM gitcron.runs
  WHERE job = $1 AND queued_at >= $2 AND queued_at < $3
    AND status IN ('succeeded', 'failed', 'timed_out') AND duration_ms IS NOT NULL
  ORDER BY queued_at DESC LIMIT ${MOST_RUNS}`;

export async function selectDurations(
  pool: Pool,
  job: string,
  { from, to, spans }: DurationsRange,
): Promise<Durations> {
  const spanMs = Math.max(Math.ceil((to - from) / spans), 1);
  const range = [job, new Date(from), new Date(to)];
  const [inSpans, releases] = await Promise.all([
    pool.query({
      name: 'history-durations',
      text: `SELECT date_bin($4 * interval '1 millisecond', queued_at, $2) AS "from",
          min(queued_at) AS "firstAt", count(*) AS runs, count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
          min(duration_ms) AS "shortestMs", max(duration_ms) AS "longestMs",
          percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS "medianMs"
        FROM (${LOOKED_AT}) looked GROUP BY 1 ORDER BY 1`,
      values: [...range, spanMs],
    }),
    pool.query({
      name: 'history-durations-releases',
      text: `SELECT revision, min(queued_at) AS at FROM (${LOOKED_AT}) looked
        WHERE revision IS NOT NULL GROUP BY revision ORDER BY 2 DESC LIMIT ${MOST_RELEASES}`,
      values: range,
    }),
  ]);
  const found = z.array(spanRow).parse(inSpans.rows);
  const runs = found.reduce((sum, span) => sum + span.runs, 0);
  return {
    spans: found,
    releases: z.array(releaseRow).parse(releases.rows).toReversed(),
    from: runs === MOST_RUNS ? (found[0]?.firstAt ?? from) : from,
  };
}
