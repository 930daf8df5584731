import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { TRIGGERS } from '../../api/run.ts';
import type { RunFinished } from '../run-events.ts';
import { keepLastWords } from './keep-last-words.ts';

const at = z.date().transform((date) => date.getTime());

const lostRows = z.array(
  z.object({
    runId: z.string(),
    job: z.string(),
    trigger: z.enum(TRIGGERS),
    requestedBy: z.string().nullable(),
    scheduledAt: at.nullable(),
    startedAt: at.nullable(),
    finishedAt: at,
    attempt: z.number(),
    reason: z.string(),
    revision: z.string().nullable(),
    subject: z.string().nullable(),
    author: z.string().nullable(),
    dependencyHash: z.string().nullable(),
  }),
);

/** Where `@catchup` is set, the next start makes up for it. */
const BEFORE_IT_BEGAN = 'The supervisor died before it began.';

export interface Losing {
  /** Which of the runs without an end, in SQL with parameters from $3 on. */
  readonly which: string;
  readonly values: readonly string[];
  /** An instant as Postgres reads it. */
  readonly at: string;
  /** Of those that had begun. */
  readonly reason: string;
}

/** Gives runs whose supervisor is gone their end. @returns it, for everybody to be told. */
export async function loseRuns(client: ClientBase | Pool, losing: Losing): Promise<RunFinished[]> {
  const { which, values, at: instant, reason } = losing;
  const { rows } = await client.query({
    text: `WITH lost AS (
        UPDATE gitcron.runs SET status = 'lost', finished_at = $1,
          reason = CASE status WHEN 'queued' THEN '${BEFORE_IT_BEGAN}' ELSE $2 END
        WHERE status IN ('queued', 'running') AND ${which}
        RETURNING *
      ), attempts AS (
        UPDATE gitcron.attempts SET status = 'lost', finished_at = $1, reason = $2
        FROM lost WHERE attempts.run_id = lost.run_id AND attempts.status = 'running'
      )
      SELECT lost.run_id AS "runId", lost.job, lost.trigger, lost.requested_by AS "requestedBy",
        lost.scheduled_at AS "scheduledAt", lost.started_at AS "startedAt",
        lost.finished_at AS "finishedAt", lost.attempt, lost.revision, lost.reason,
        releases.subject,
        releases.author, lost.dependency_hash AS "dependencyHash"
      FROM lost LEFT JOIN gitcron.releases USING (revision)
      ORDER BY lost.queued_at, lost.run_id`,
    values: [instant, reason, ...values],
  });
  const lost = lostRows.parse(rows);
  const runIds = lost.map(({ runId }) => runId);
  if (runIds.length > 0) await keepLastWords(client, runIds);
  return lost.map(endOf);
}

function endOf(run: z.output<typeof lostRows>[number]): RunFinished {
  const { runId, job, trigger, requestedBy, scheduledAt, startedAt, finishedAt } = run;
  const { revision, subject, author, dependencyHash, reason } = run;
  return {
    type: 'run_finished',
    at: finishedAt,
    runId,
    job,
    trigger,
    requestedBy,
    scheduledAt,
    release: revision === null ? null : nameOf(revision),
    attempts: run.attempt,
    outcome: {
      status: 'lost',
      exitCode: null,
      signal: null,
      durationMs: startedAt === null ? 0 : Math.max(0, finishedAt - startedAt),
      reason,
      result: null,
      error: null,
    },
  };

  function nameOf(name: string) {
    return { revision: name, subject: subject ?? '', author: author ?? '', dependencyHash };
  }
}
