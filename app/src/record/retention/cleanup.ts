import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import {
  CROWDED,
  DOOMED,
  doomedValues,
  newestThatMayGo,
  planOutput,
  planRuns,
  type DoomedOutput,
  type DoomedRuns,
  type Place,
  type RetentionLimits,
} from './retention-plan.ts';

/** So few that nobody waits for a lock, so many that it gets done. */
const BATCH_RUNS = 500;

/** Leaves the database to others between two batches. */
const PAUSE_MS = 20;

/** Before all runs. */
const BEGINNING: Place = {
  queuedAt: new Date(0),
  runId: '00000000-0000-0000-0000-000000000000',
};

export interface CleanupOptions {
  readonly limits: RetentionLimits;
  readonly now: EpochMs;
  /** Count, and delete nothing. */
  readonly dryRun: boolean;
}

/** What went, or would go. */
export interface CleanupResult {
  readonly dryRun: boolean;
  /** Runs that are too old. */
  readonly runsByAge: number;
  /** Runs that are more than their job keeps. */
  readonly runsByCount: number;
  /** Runs that stay but lose their output, because all output together is too large. */
  readonly outputsBySize: number;
  /** Bytes of output that go, with their runs or without. */
  readonly outputBytes: number;
  readonly events: number;
  readonly releases: number;
  readonly jobs: number;
}

const doomedRow = z.object({
  queuedAt: z.date(),
  runId: z.uuid(),
  tooOld: z.boolean(),
  outputBytes: z.coerce.number(),
});

/**
 * Brings the record within its limits, in batches of their own transactions. It may be stopped at
 * any point and run again, and two may run at once.
 */
export async function cleanupRuns(pool: Pool, options: CleanupOptions): Promise<CleanupResult> {
  const { dryRun, limits, now } = options;
  const doomed = await planRuns(pool, limits, now);
  let runsByAge = 0;
  let runsByCount = 0;
  let outputsBySize = 0;
  let outputBytes = 0;
  for await (const batch of doomedRuns(pool, doomed)) {
    for (const { tooOld, outputBytes: bytes } of batch) {
      if (tooOld) runsByAge += 1;
      else runsByCount += 1;
      outputBytes += bytes;
    }
    if (!dryRun) await removeRuns(pool, idsOf(batch));
  }
  // Only now: what has just gone makes room.
  const output = await planOutput(pool, limits, dryRun ? doomed : null);
  if (output !== null) {
    for await (const batch of doomedOutputs(pool, output, dryRun ? doomed : null)) {
      outputsBySize += batch.length;
      outputBytes += batch.reduce((sum, run) => sum + run.outputBytes, 0);
      if (!dryRun) await removeOutput(pool, idsOf(batch));
    }
  }
  const leftovers = await cleanLeftovers(pool, doomed, dryRun);
  return { dryRun, runsByAge, runsByCount, outputsBySize, outputBytes, ...leftovers };
}

type Batch = readonly z.output<typeof doomedRow>[];

function idsOf(batch: Batch): string[] {
  return batch.map(({ runId }) => runId);
}

const COLUMNS = `queued_at AS "queuedAt", run_id AS "runId", output_bytes AS "outputBytes"`;
const OLDEST_FIRST = `ORDER BY queued_at, run_id LIMIT ${BATCH_RUNS}`;

async function* doomedRuns(pool: Pool, doomed: DoomedRuns) {
  const text = `SELECT ${COLUMNS}, finished_at < $1 AS "tooOld" FROM gitcron.runs ${CROWDED}
    WHERE ${DOOMED} AND queued_at <= $6 AND (queued_at, run_id) > ($7::timestamptz, $8::uuid)
    ${OLDEST_FIRST}`;
  yield* pages(pool, text, [...doomedValues(doomed), newestThatMayGo(doomed)]);
}

/** @param doomed - runs that would be gone by now, with their output. */
async function* doomedOutputs(pool: Pool, output: DoomedOutput, doomed: DoomedRuns | null) {
  const { newest, kept } = output;
  const before = doomed === null ? [] : doomedValues(doomed);
  const left =
    doomed === null ? 'gitcron.runs WHERE TRUE' : `gitcron.runs ${CROWDED} WHERE NOT (${DOOMED})`;
  const [at, id, keep, afterAt, afterId] = [1, 2, 3, 4, 5].map((n) => `$${before.length + n}`);
  const text = `SELECT ${COLUMNS}, false AS "tooOld" FROM ${left}
      AND (queued_at, run_id) <= (${at}::timestamptz, ${id}::uuid) AND output_bytes > 0
      AND finished_at IS NOT NULL AND run_id <> ALL (${keep}::uuid[])
      AND (queued_at, run_id) > (${afterAt}::timestamptz, ${afterId}::uuid)
    ${OLDEST_FIRST}`;
  yield* pages(pool, text, [...before, newest.queuedAt, newest.runId, kept]);
}

/** @param text - its last two parameters are the place after which a page begins. */
async function* pages(pool: Pool, text: string, values: readonly unknown[]): AsyncGenerator<Batch> {
  for (let { queuedAt, runId } = BEGINNING; ;) {
    const { rows } = await pool.query(text, [...values, queuedAt, runId]);
    const batch = z.array(doomedRow).parse(rows);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    ({ queuedAt, runId } = last);
  }
}

async function removeRuns(pool: Pool, ids: readonly string[]): Promise<void> {
  // Slots whose runs are gone are not taken for slots that never ran.
  await pool.query(
    `WITH removed AS (
       DELETE FROM gitcron.runs WHERE run_id = ANY ($1) RETURNING job, scheduled_at)
     INSERT INTO gitcron.forgotten_slots AS known (job, until)
     SELECT job, max(scheduled_at) FROM removed WHERE scheduled_at IS NOT NULL GROUP BY job
     ON CONFLICT (job) DO UPDATE SET until = GREATEST(known.until, excluded.until)`,
    [ids],
  );
  await pause(PAUSE_MS);
}

/** The runs stay, and say that their output is gone. */
async function removeOutput(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `WITH removed AS (DELETE FROM gitcron.output WHERE run_id = ANY ($1))
     UPDATE gitcron.runs SET output_bytes = 0, output_omitted_why = 'retention',
       output_omitted_bytes = output_omitted_bytes + output_bytes
     WHERE run_id = ANY ($1)`,
    [ids],
  );
  await pause(PAUSE_MS);
}

/** What nothing refers to any more and is older than the oldest run that is kept. */
async function cleanLeftovers(pool: Pool, { cutoff }: DoomedRuns, dryRun: boolean) {
  const remove = async (table: string, condition: string): Promise<number> => {
    const values = [new Date(cutoff)];
    const action = dryRun ? 'SELECT FROM' : 'DELETE FROM';
    const { rowCount } = await pool.query(`${action} gitcron.${table} WHERE ${condition}`, values);
    return rowCount ?? 0;
  };
  const events = await remove('events', 'at < $1');
  const releases = await remove(
    'releases',
    `noticed_at < $1 AND COALESCE(activated_at < $1, true) AND status <> 'active'
     AND NOT EXISTS (SELECT FROM gitcron.runs WHERE runs.revision = releases.revision)`,
  );
  await remove(
    'active_releases',
    `NOT EXISTS (SELECT FROM gitcron.supervisors
       WHERE supervisors.owner = active_releases.owner AND seen_at >= $1)`,
  );
  await remove(
    'contents',
    `used_at < $1 AND NOT EXISTS (SELECT FROM gitcron.releases
       WHERE hash IN (jobs_hash, packages_hash, changes_hash))`,
  );
  for (const table of ['watched', 'given_up']) await remove(table, 'until < $1');
  // Of a supervisor that is gone for good, or that ended long ago.
  await remove(
    'timings',
    `until < $1 OR NOT EXISTS (SELECT FROM gitcron.watched WHERE watched.owner = timings.owner)`,
  );
  await remove(
    'forgotten_slots',
    `until < $1 AND NOT EXISTS (
       SELECT FROM gitcron.timings WHERE timings.job = forgotten_slots.job)`,
  );
  const jobs = await remove(
    'jobs',
    `removed_at < $1 AND NOT EXISTS (SELECT FROM gitcron.runs WHERE runs.job = slug)`,
  );
  await remove('journal_positions', 'updated_at < $1');
  await remove(
    'supervisors',
    `seen_at < $1 AND NOT EXISTS (
       SELECT FROM gitcron.runs WHERE runs.owner = supervisors.owner
       AND status IN ('queued', 'running'))`,
  );
  return { events, releases, jobs };
}
