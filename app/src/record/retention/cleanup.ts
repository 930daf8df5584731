import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import {
  newestThatMayGo,
  planRetention,
  type RetentionLimits,
  type RetentionPlan,
} from './retention-plan.ts';

/** So few that nobody waits for a lock, so many that it gets done. */
const BATCH_RUNS = 500;

/** Leaves the database to others between two batches. */
const PAUSE_MS = 20;

const NO_ID = '00000000-0000-0000-0000-000000000000';

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
  const plan = await planRetention(pool, limits, now);
  let runsByAge = 0;
  let runsByCount = 0;
  let outputsBySize = 0;
  let outputBytes = 0;
  const gone = new Set<string>();
  for await (const batch of doomedRuns(pool, plan)) {
    for (const { runId, tooOld, outputBytes: bytes } of batch) {
      if (tooOld) runsByAge += 1;
      else runsByCount += 1;
      outputBytes += bytes;
      if (dryRun) gone.add(runId);
    }
    const ids = batch.map(({ runId }) => runId);
    if (!dryRun) await removeRuns(pool, ids);
  }
  for await (const batch of doomedOutputs(pool, plan)) {
    // A dry run meets the output of runs that would be gone by now.
    const left = batch.filter(({ runId }) => !gone.has(runId));
    outputsBySize += left.length;
    outputBytes += left.reduce((sum, run) => sum + run.outputBytes, 0);
    if (!dryRun)
      await removeOutput(
        pool,
        left.map(({ runId }) => runId),
      );
  }
  const leftovers = await cleanLeftovers(pool, plan, dryRun);
  return { dryRun, runsByAge, runsByCount, outputsBySize, outputBytes, ...leftovers };
}

async function* doomedRuns(pool: Pool, plan: RetentionPlan) {
  const text = `SELECT run_id AS "runId", output_bytes AS "outputBytes", finished_at < $1 AS "tooOld"
    FROM gitcron.runs LEFT JOIN unnest($2::text[], $3::uuid[]) crowded (job, newest) USING (job)
    WHERE run_id > $4 AND run_id <= $5 AND finished_at IS NOT NULL
      AND run_id <> ALL ($6::uuid[]) AND (finished_at < $1 OR run_id <= newest)
    ORDER BY run_id LIMIT ${BATCH_RUNS}`;
  const jobs = plan.crowded.map(({ job }) => job);
  const newest = plan.crowded.map(({ newestToGo }) => newestToGo);
  const until = newestThatMayGo(plan);
  yield* pages(pool, text, (after) => [
    new Date(plan.cutoff),
    jobs,
    newest,
    after,
    until,
    plan.kept,
  ]);
}

async function* doomedOutputs(pool: Pool, plan: RetentionPlan) {
  if (plan.newestOutputToGo === null) return;
  const text = `SELECT run_id AS "runId", output_bytes AS "outputBytes", false AS "tooOld"
    FROM gitcron.runs WHERE run_id > $1 AND run_id <= $2 AND output_bytes > 0
      AND finished_at IS NOT NULL AND run_id <> ALL ($3::uuid[])
    ORDER BY run_id LIMIT ${BATCH_RUNS}`;
  yield* pages(pool, text, (after) => [after, plan.newestOutputToGo, plan.kept]);
}

async function* pages(pool: Pool, text: string, values: (after: string) => unknown[]) {
  for (let after = NO_ID; ;) {
    const { rows } = await pool.query(text, values(after));
    const batch = z.array(doomedRow).parse(rows);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    after = last.runId;
  }
}

async function removeRuns(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query('DELETE FROM gitcron.runs WHERE run_id = ANY ($1)', [ids]);
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
async function cleanLeftovers(pool: Pool, { cutoff }: RetentionPlan, dryRun: boolean) {
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
