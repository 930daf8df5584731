import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import type { Origin } from '../define-event.ts';
import { keepLastWords } from './keep-last-words.ts';
import { instant } from './storable.ts';
import { takeCorrectedTime } from './take-corrected-time.ts';

/** A supervisor started: what its predecessor on the same state volume left without an end is lost. */
export async function beginInstance(
  client: ClientBase,
  { owner, instance, host, at }: Origin & { readonly at: EpochMs },
): Promise<void> {
  await client.query(
    `INSERT INTO gitcron.supervisors (owner, instance, host, started_at, seen_at)
     VALUES ($1, $2, $3, $4, now())
     ON CONFLICT (owner) DO UPDATE SET instance = $2, host = $3, started_at = $4,
       seen_at = now()`,
    [owner, instance, host, instant(at)],
  );
  await loseRuns(client, owner, instance, instant(at));
  await takeCorrectedTime(client, owner, at);
}

async function loseRuns(client: ClientBase, owner: string, instance: string, at: string) {
  const reason = 'The supervisor died while it ran; how it ended is not known.';
  const { rows } = await client.query<{ run_id: string }>(
    `UPDATE gitcron.runs SET status = 'lost', finished_at = $3, reason = $4
     WHERE owner = $1 AND instance <> $2 AND status IN ('queued', 'running')
     RETURNING run_id`,
    [owner, instance, at, reason],
  );
  const runIds = rows.map(({ run_id: runId }) => runId);
  await client.query(
    `UPDATE gitcron.attempts SET status = 'lost', finished_at = $2, reason = $3
     WHERE run_id = ANY ($1::uuid[]) AND status = 'running'`,
    [runIds, at, reason],
  );
  await keepLastWords(client, runIds);
}
