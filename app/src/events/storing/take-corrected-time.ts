import type { ClientBase } from 'pg';
import { EARLIEST_RIGHT_TIME, type EpochMs } from '@gitcron/base/clock';
import { instant } from './storable.ts';

/**
 * The clock was ahead and shows `now`: what a supervisor recorded by the wrong time happened before.
 * It takes the corrected time, in the order it has, or it would stand before everything that comes.
 */
export async function takeCorrectedTime(
  client: ClientBase,
  owner: string,
  now: EpochMs,
): Promise<void> {
  if (now < EARLIEST_RIGHT_TIME) return;
  await client.query(
    `WITH ahead AS (
       UPDATE gitcron.runs SET ${corrected('queued_at', 'started_at', 'finished_at')}
       WHERE queued_at > $1 AND owner = $2 RETURNING run_id)
     UPDATE gitcron.attempts SET ${corrected('started_at', 'finished_at')}
     WHERE run_id IN (SELECT run_id FROM ahead)`,
    [instant(now), owner],
  );
  const at = [instant(now)];
  await client.query(`UPDATE gitcron.events SET at = $1 WHERE at > $1`, at);
  await client.query(
    `UPDATE gitcron.releases SET ${corrected('noticed_at', 'activated_at', 'first_activated_at', 'rejected_at')}
     WHERE GREATEST(noticed_at, activated_at, rejected_at) > $1`,
    at,
  );
}

function corrected(...columns: readonly string[]): string {
  return columns
    .map((column) => `${column} = CASE WHEN ${column} > $1 THEN $1 ELSE ${column} END`)
    .join(', ');
}
