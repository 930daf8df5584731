import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';

const instant = z.date().transform((date) => date.getTime());

const markRow = z.object({
  kind: z.enum(['release', 'rollback', 'rejected', 'clock']),
  at: instant,
  release: z.string().nullable(),
  subject: z.string().nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
const watchedRow = z.object({ after: instant, until: instant });

/** What happened in a range that a timeline marks, and when somebody looked after slots around it. */
export interface MarkEvents {
  readonly events: readonly z.output<typeof markRow>[];
  /** By whichever supervisor, by their beginning. */
  readonly watched: readonly z.output<typeof watchedRow>[];
}

const MOST_MARKS = 1000;

/** Whoever rolled back is told by a deed just after the release it led to was made current. */
const AUTHOR_WITHIN = '1 minute';

export async function readMarkEvents(pool: Pool, from: EpochMs, to: EpochMs): Promise<MarkEvents> {
  const range = [new Date(from), new Date(to)];
  const [events, watched] = await Promise.all([
    pool.query({
      name: 'history-mark-events',
      text: `SELECT CASE type WHEN 'revision_rejected' THEN 'rejected' WHEN 'clock_set_back' THEN 'clock'
            ELSE CASE detail ->> 'reason' WHEN 'rollback' THEN 'rollback' ELSE 'release' END END AS kind,
          happened.at, happened.revision AS release, NULLIF(releases.subject, '') AS subject,
          deed.by, CASE type WHEN 'revision_rejected' THEN detail ->> 'reason' END AS reason
        FROM (
          SELECT at, type, revision, detail FROM gitcron.events
          WHERE type IN ('release_activated', 'revision_rejected', 'clock_set_back')
            AND at >= $1 AND at < $2
            AND (type <> 'release_activated' OR detail ->> 'reason' <> 'start')
          ORDER BY at DESC LIMIT ${MOST_MARKS}
        ) happened
        LEFT JOIN gitcron.releases ON releases.revision = happened.revision
        LEFT JOIN LATERAL (
          SELECT told.detail ->> 'by' AS by FROM gitcron.events told
          WHERE told.type = 'rolled_back' AND told.revision = happened.revision
            AND happened.detail ->> 'reason' = 'rollback'
            AND told.at BETWEEN happened.at AND happened.at + interval '${AUTHOR_WITHIN}'
          ORDER BY told.at LIMIT 1
        ) deed ON TRUE
        ORDER BY happened.at`,
      values: range,
    }),
    pool.query({
      name: 'history-mark-watched',
      text: `SELECT since AS after, until FROM gitcron.watched ORDER BY since`,
    }),
  ]);
  return {
    events: z.array(markRow).parse(events.rows),
    watched: z.array(watchedRow).parse(watched.rows),
  };
}
