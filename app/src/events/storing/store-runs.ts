import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import type { Origin } from '../define-event.ts';
import type { Outcome } from '../outcome.ts';
import type { RunDescription } from '../run-description.ts';
import { keepLastWords } from './keep-last-words.ts';
import { instant, storable } from './storable.ts';

interface Queued {
  readonly at: EpochMs;
  readonly run: RunDescription;
  readonly origin: Origin;
}

interface OfAttempt {
  readonly at: EpochMs;
  readonly runId: string;
  readonly attempt: number;
}
type AttemptStarted = OfAttempt & { readonly pid: number };
type AttemptFinished = OfAttempt & { readonly outcome: Outcome };

interface Finished {
  readonly at: EpochMs;
  readonly runId: string;
  readonly outcome: Outcome;
  readonly outputOmittedBytes: number;
}

export async function storeQueued(client: ClientBase, queued: readonly Queued[]) {
  const runs = queued.map(({ at, run, origin }) => ({
    ...runRow(run),
    queued_at: instant(at),
    ...origin,
  }));
  await client.query({
    name: 'record-queued',
    text: `WITH queued AS (
        SELECT * FROM json_to_recordset($1) AS run (
          run_id uuid, job text, command text, trigger text, requested_by text,
          params text, params_masked boolean, after_run uuid, scheduled_at timestamptz, queued_at timestamptz, revision text, subject text,
          author text, dependency_hash text, host text, owner uuid, instance uuid)
      ), job AS (
        INSERT INTO gitcron.jobs (slug, command, seen_at)
        SELECT DISTINCT ON (job) job, command, queued_at FROM queued ORDER BY job, queued_at
        ON CONFLICT DO NOTHING
      ), release AS (
        INSERT INTO gitcron.releases
          (revision, subject, author, dependency_hash, status, noticed_at)
        SELECT DISTINCT ON (revision) revision, subject, author, dependency_hash, 'inactive',
          queued_at
        FROM queued WHERE revision IS NOT NULL ORDER BY revision, queued_at
        ON CONFLICT DO NOTHING
      )
      INSERT INTO gitcron.runs (run_id, job, command, trigger, requested_by, status, params, params_masked, after_run,
        scheduled_at, queued_at, revision, dependency_hash, host, owner, instance)
      SELECT run_id, job, command, trigger, requested_by, 'queued', params, params_masked, after_run,
        scheduled_at, queued_at, revision, dependency_hash, host, owner, instance
      FROM queued
      ON CONFLICT DO NOTHING`,
    values: [JSON.stringify(runs)],
  });
}

export async function storeStarted(client: ClientBase, started: readonly AttemptStarted[]) {
  const rows = started.map(({ at, runId, attempt, pid }) => ({
    run_id: runId,
    attempt,
    pid,
    at: instant(at),
  }));
  await client.query({
    name: 'record-started',
    text: `WITH started AS (
        SELECT * FROM json_to_recordset($1) AS (
          run_id uuid, attempt integer, pid integer, at timestamptz)
      ), attempts AS (
        INSERT INTO gitcron.attempts (run_id, attempt, pid, status, started_at)
        SELECT run_id, attempt, pid, 'running', at FROM started
        WHERE EXISTS (SELECT FROM gitcron.runs WHERE runs.run_id = started.run_id)
        ON CONFLICT DO NOTHING
      ), first AS (
        SELECT run_id, min(at) AS at, max(attempt) AS attempt FROM started GROUP BY run_id
      )
      UPDATE gitcron.runs SET
        status = CASE status WHEN 'queued' THEN 'running' ELSE status END,
        started_at = COALESCE(runs.started_at, first.at),
        attempt = GREATEST(runs.attempt, first.attempt)
      FROM first WHERE runs.run_id = first.run_id`,
    values: [JSON.stringify(rows)],
  });
}

export async function storeAttempts(client: ClientBase, attempts: readonly AttemptFinished[]) {
  const rows = attempts.map(({ at, runId, attempt, outcome }) => ({
    run_id: runId,
    attempt,
    finished_at: instant(at),
    ...outcomeRow(outcome),
  }));
  await client.query({
    name: 'record-attempts',
    text: `INSERT INTO gitcron.attempts AS attempts
        (run_id, attempt, status, finished_at, duration_ms, exit_code, signal, reason)
      SELECT run_id, attempt, status, finished_at, duration_ms, exit_code, signal, reason
      FROM json_to_recordset($1) AS finished (
        run_id uuid, attempt integer, status text, finished_at timestamptz, duration_ms bigint,
        exit_code integer, signal text, reason text)
      WHERE EXISTS (SELECT FROM gitcron.runs WHERE runs.run_id = finished.run_id)
      ON CONFLICT (run_id, attempt) DO UPDATE SET
        status = excluded.status, finished_at = excluded.finished_at,
        duration_ms = excluded.duration_ms, exit_code = excluded.exit_code,
        signal = excluded.signal, reason = excluded.reason
      WHERE attempts.status IN ('running', 'lost')`,
    values: [JSON.stringify(rows)],
  });
}

export async function storeFinished(client: ClientBase, finished: readonly Finished[]) {
  const rows = finished.map(({ at, runId, outcome, outputOmittedBytes }) => ({
    run_id: runId,
    finished_at: instant(at),
    omitted: outputOmittedBytes,
    result: storable(outcome.result),
    error: storable(outcome.error),
    ...outcomeRow(outcome),
  }));
  await client.query({
    name: 'record-finished',
    text: `UPDATE gitcron.runs SET
        status = e.status, finished_at = e.finished_at, duration_ms = e.duration_ms,
        exit_code = e.exit_code, signal = e.signal, reason = e.reason, result = e.result, error = e.error,
        output_omitted_bytes = runs.output_omitted_bytes + e.omitted,
        output_omitted_why = CASE WHEN e.omitted > 0 THEN 'run_limit' ELSE output_omitted_why END
      FROM json_to_recordset($1) AS e (
        run_id uuid, status text, finished_at timestamptz, duration_ms bigint, exit_code integer,
        signal text, reason text, result text, error text, omitted bigint)
      WHERE runs.run_id = e.run_id AND runs.status IN ('queued', 'running', 'lost')`,
    values: [JSON.stringify(rows)],
  });
  const lost = finished.filter(({ outcome }) => outcome.status === 'lost');
  if (lost.length > 0) {
    await keepLastWords(
      client,
      lost.map(({ runId }) => runId),
    );
  }
}

function runRow(run: RunDescription) {
  return {
    run_id: run.runId,
    job: storable(run.job),
    command: storable(run.command),
    trigger: run.trigger,
    requested_by: storable(run.requestedBy),
    params: run.params === null ? null : JSON.stringify(run.params),
    params_masked: run.paramsMasked ?? null,
    after_run: run.after?.runId ?? null,
    scheduled_at: run.scheduledAt === null ? null : instant(run.scheduledAt),
    revision: run.release?.revision ?? null,
    subject: storable(run.release?.subject ?? ''),
    author: storable(run.release?.author ?? ''),
    dependency_hash: run.release?.dependencyHash ?? null,
  };
}

function outcomeRow(outcome: Outcome) {
  return {
    status: outcome.status,
    duration_ms: Math.round(outcome.durationMs),
    exit_code: outcome.exitCode,
    signal: outcome.signal,
    reason: storable(outcome.reason),
  };
}
