import type { Pool } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import { z } from 'zod';
import type { OutputChunk } from '../output/chunk.ts';
import { conditionOf, runFilter, type RunFilter } from './filter.ts';
import { listFailingJobs, listJobs, listLastEnds, type FailingJob } from './jobs.ts';
import { readSlotFacts, readSlotRuns } from './slots.ts';
import { findFormerName, findLastSuccess, findStartBetween, listFailures } from './failures.ts';
import { readMarkEvents } from './mark-events.ts';
import { readJobPlans } from './job-plans.ts';
import { findPlans, findWay } from './plans.ts';
import { selectDurations, type Durations, type DurationsRange } from './durations.ts';
import { selectEvents, type EventFilter, type EventPlace } from './events.ts';
import { selectLately } from './lately.ts';
import { readOutline } from './outline-output.ts';
import { findRunAfter } from './run-after.ts';
import { selectOutput, type OutputPart, type OutputRange } from './select-output.ts';
import { selectRevisions, type RevisionHistory } from './revisions.ts';
import { selectRuns } from './select-runs.ts';
import { readSize } from './size.ts';
import {
  attemptRow,
  runRow,
  runSummary,
  SUMMARY_COLUMNS,
  type JobHistory,
  type Run,
  type RunSummary,
} from './rows.ts';

/** A page of a list, newest first. */
export interface Page<Item, Place = string> {
  readonly items: readonly Item[];
  /** `before` for the next page; null when this is the last. */
  readonly next: Place | null;
}

/** Where a run stands in the order of history: when it was queued, then its id. */
export type RunPlace = NonNullable<RunFilter['before']>;

/** Reads the record. Rejects with the driver's error when the database is away. */
export interface History {
  runs(filter: RunFilter, limit: number): Promise<Page<RunSummary, RunPlace>>;
  /** @returns null when there is no such run (yet: a new run takes a moment to be stored). */
  run(runId: string): Promise<Run | null>;
  /** A page of a run's output, oldest first; empty at the end. */
  output(runId: string, range?: OutputRange): Promise<readonly OutputChunk[]>;
  /** See `readOutline`. */
  outline(runId: string, part: OutputPart): ReturnType<typeof readOutline>;
  /** See `findRunAfter`. */
  runAfter(job: string, place: RunPlace): ReturnType<typeof findRunAfter>;
  /** Every job of the crontab in force and every other that has history, by slug. */
  jobs(): Promise<readonly JobHistory[]>;
  job(slug: string): Promise<JobHistory | null>;
  /** The jobs in force whose last run that succeeded or not did not, by slug. */
  failingJobs(): Promise<readonly FailingJob[]>;
  /** See `findLastSuccess`. */
  lastSuccess(job: string, before: RunPlace): ReturnType<typeof findLastSuccess>;
  /** See `listFailures`. */
  failures(job: string, before: RunPlace): ReturnType<typeof listFailures>;
  /** See `findStartBetween`. */
  startBetween(earlier: string, later: string): ReturnType<typeof findStartBetween>;
  /** See `findFormerName`. */
  formerName(run: Parameters<typeof findFormerName>[1]): ReturnType<typeof findFormerName>;
  /** See `readSlotFacts`. */
  slotFacts(job: string | null, from: EpochMs, to: EpochMs): ReturnType<typeof readSlotFacts>;
  /** See `readSlotRuns`. */
  slotRuns(jobs: readonly string[], from: EpochMs, to: EpochMs): ReturnType<typeof readSlotRuns>;
  /** When the last run of each job in force ended, and the last that succeeded. */
  lastEnds(): ReturnType<typeof listLastEnds>;
  /** See `selectRevisions`. */
  releases(limit: number, before?: string): Promise<Page<RevisionHistory>>;
  /** What the releases planned whose hash begins so: none, one, or two of more. */
  plans(beginning: string): ReturnType<typeof findPlans>;
  /** See `findWay`. */
  way(from: string, to: string): ReturnType<typeof findWay>;
  /** See `readMarkEvents`. */
  markEvents(from: EpochMs, to: EpochMs): ReturnType<typeof readMarkEvents>;
  /** See `readJobPlans`. */
  jobPlans(slug: string, limit: number, before?: EventPlace): ReturnType<typeof readJobPlans>;
  /** The last runs of each job in force, by slug. */
  lately(limit: number, slug: string | null): ReturnType<typeof selectLately>;
  /** How long the runs of a job took, in spans of time. */
  durations(job: string, range: DurationsRange): Promise<Durations>;
  /** See `readSize`. */
  size(): ReturnType<typeof readSize>;
  /** Syncs, installs, activations, rejections, schedules; newest first. */
  events(limit: number, filter?: EventFilter): ReturnType<typeof selectEvents>;
}

export function createHistory(pool: Pool): History {
  return {
    async runs(filter, limit) {
      const rows = await selectRuns(pool, conditionOf(runFilter.parse(filter)), limit + 1);
      const items = z.array(runSummary).parse(rows.slice(0, limit));
      return { items, next: rows.length > limit ? (items.at(-1) ?? null) : null };
    },

    async run(runId) {
      const [runs, attempts] = await Promise.all([
        pool.query({
          name: 'history-run',
          text: `SELECT ${SUMMARY_COLUMNS}, runs.command, runs.params,
              runs.params_masked AS "paramsMasked", runs.after_run AS "afterRun", runs.result,
              runs.dependency_hash AS "dependencyHash", releases.subject, releases.author,
              CASE WHEN status IN ('queued', 'running') THEN NULL
                ELSE status = 'succeeded' END AS succeeded
            FROM gitcron.runs LEFT JOIN LATERAL (
              SELECT subject, author FROM gitcron.releases
              WHERE releases.revision = runs.revision) releases ON TRUE
            WHERE run_id = $1`,
          values: [runId],
        }),
        pool.query({
          name: 'history-attempts',
          text: `SELECT attempt, pid, status, started_at AS "startedAt",
              finished_at AS "finishedAt", duration_ms AS "durationMs", exit_code AS "exitCode",
              signal, reason
            FROM gitcron.attempts WHERE run_id = $1 ORDER BY attempt`,
          values: [runId],
        }),
      ]);
      if (runs.rows[0] === undefined) return null;
      return { ...runRow.parse(runs.rows[0]), attempts: z.array(attemptRow).parse(attempts.rows) };
    },

    output: (runId, range = {}) => selectOutput(pool, runId, range),
    size: () => readSize(pool),
    outline: (runId, part) => readOutline(pool, runId, part),
    runAfter: (job, place) => findRunAfter(pool, job, place),

    jobs: () => listJobs(pool, null),

    async job(slug) {
      const [job] = await listJobs(pool, slug);
      return job ?? null;
    },

    failingJobs: () => listFailingJobs(pool),
    lastSuccess: (job, before) => findLastSuccess(pool, job, before),
    failures: (job, before) => listFailures(pool, job, before),
    startBetween: (earlier, later) => findStartBetween(pool, earlier, later),
    formerName: (run) => findFormerName(pool, run),
    slotFacts: (job, from, to) => readSlotFacts(pool, job, from, to),
    slotRuns: (jobs, from, to) => readSlotRuns(pool, jobs, from, to),
    lastEnds: () => listLastEnds(pool),

    releases: (limit, before) => selectRevisions(pool, limit, before),
    plans: (beginning) => findPlans(pool, beginning),
    way: (from, to) => findWay(pool, from, to),

    markEvents: (from, to) => readMarkEvents(pool, from, to),
    jobPlans: (slug, limit, before) => readJobPlans(pool, slug, limit, before),
    lately: (limit, slug) => selectLately(pool, limit, slug),
    durations: (job, range) => selectDurations(pool, job, range),
    events: (limit, filter = {}) => selectEvents(pool, limit, filter),
  };
}
