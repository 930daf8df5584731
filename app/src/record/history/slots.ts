import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { RUN_STATUSES } from '../../api/run.ts';

const instant = z.date().transform((date) => date.getTime());
const integer = z.coerce.number().int();

const timingRow = z.object({
  owner: z.uuid(),
  job: z.string(),
  since: instant,
  until: instant.nullable(),
  schedule: z.string(),
  zone: z.string().nullable(),
  jitterMs: integer,
  held: z.enum(['crontab', 'switch']).nullable(),
  catchUp: z.enum(['none', 'last', 'all']),
  windowMs: integer.nullable(),
  endedBy: z.string().nullable(),
});
const watchedRow = z.object({ owner: z.uuid(), after: instant, until: instant });
const givenUpRow = z.object({
  ...watchedRow.shape,
  job: z.string(),
  cause: z.enum(['stalled', 'clock']),
});
const forgottenRow = z.object({ job: z.string(), until: instant });
const slotRunRow = z.object({
  owner: z.uuid(),
  job: z.string(),
  runId: z.uuid(),
  scheduledAt: instant,
  queuedAt: instant,
  startedAt: instant.nullable(),
  status: z.string(),
  trigger: z.string(),
  inTheWay: z.uuid().nullable(),
});

/** What is kept of slots beside their runs. */
export interface SlotFacts {
  readonly timings: readonly z.output<typeof timingRow>[];
  readonly watched: readonly z.output<typeof watchedRow>[];
  readonly givenUp: readonly z.output<typeof givenUpRow>[];
  readonly forgotten: readonly z.output<typeof forgottenRow>[];
}
export type SlotRunRow = z.output<typeof slotRunRow>;

/** @param job null: of all. */
export async function readSlotFacts(
  pool: Pool,
  job: string | null,
  from: EpochMs,
  to: EpochMs,
): Promise<SlotFacts> {
  const range = [new Date(from), new Date(to)];
  const [timings, watched, givenUp, forgotten] = await Promise.all([
    pool.query({
      name: 'history-timings',
      // One that ended before may have lost a slot that would have been in this range.
      text: `SELECT owner, job, since, until, schedule, zone, jitter_ms AS "jitterMs", held,
          catch_up AS "catchUp", window_ms AS "windowMs", ended_by AS "endedBy"
        FROM gitcron.timings
        WHERE since < $1 AND ($2::text IS NULL OR job = $2) ORDER BY job, since, id`,
      values: [range[1], job],
    }),
    pool.query({
      name: 'history-watched',
      // All: what was before the first of them is not remembered.
      text: `SELECT owner, since AS after, until FROM gitcron.watched ORDER BY since`,
    }),
    pool.query({
      name: 'history-given-up',
      text: `SELECT owner, job, after, until, cause FROM gitcron.given_up
        WHERE until >= $1 AND after < $2 AND ($3::text IS NULL OR job = $3)`,
      values: [...range, job],
    }),
    pool.query({
      name: 'history-forgotten-slots',
      text: `SELECT job, until FROM gitcron.forgotten_slots
        WHERE until >= $1 AND ($2::text IS NULL OR job = $2)`,
      values: [range[0], job],
    }),
  ]);
  return {
    timings: z.array(timingRow).parse(timings.rows),
    watched: z.array(watchedRow).parse(watched.rows),
    givenUp: z.array(givenUpRow).parse(givenUp.rows),
    forgotten: z.array(forgottenRow).parse(forgotten.rows),
  };
}

/** Of a run that can be in the way of another. */
const BEGUN = RUN_STATUSES.filter((status) => status !== 'skipped');

/** What is in the way of a run is among the last before it, however long their history is. */
const MOST_BEFORE = 5;

/** The runs of slots in a range, of these jobs. */
export async function readSlotRuns(
  pool: Pool,
  jobs: readonly string[],
  from: EpochMs,
  to: EpochMs,
): Promise<readonly SlotRunRow[]> {
  const { rows } = await pool.query({
    name: 'history-slot-runs',
    text: `SELECT runs.owner, runs.job, runs.run_id AS "runId", runs.scheduled_at AS "scheduledAt",
        runs.queued_at AS "queuedAt", runs.started_at AS "startedAt", runs.status, runs.trigger,
        other.run_id AS "inTheWay"
      FROM gitcron.runs LEFT JOIN LATERAL (
        SELECT run_id FROM unnest('{${BEGUN.join(',')}}'::text[]) told (status)
        CROSS JOIN LATERAL (
          SELECT run_id, queued_at, owner, finished_at FROM gitcron.runs before
          WHERE before.job = runs.job AND before.status = told.status
            AND (before.queued_at, before.run_id) < (runs.queued_at, runs.run_id)
          ORDER BY before.queued_at DESC, before.run_id DESC LIMIT ${MOST_BEFORE}) before
        WHERE runs.status = 'skipped' AND before.owner = runs.owner
          AND COALESCE(before.finished_at >= runs.queued_at, true)
        ORDER BY before.queued_at DESC, before.run_id DESC LIMIT 1
      ) other ON TRUE
      WHERE runs.job = ANY ($1::text[]) AND runs.scheduled_at BETWEEN $2 AND $3
      ORDER BY runs.scheduled_at, runs.queued_at, runs.run_id`,
    values: [jobs, new Date(from), new Date(to)],
  });
  return z.array(slotRunRow).parse(rows);
}
