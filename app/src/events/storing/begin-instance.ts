import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import type { Origin } from '../define-event.ts';
import type { RunFinished } from '../run-events.ts';
import { loseRuns } from './lose-runs.ts';
import { instant } from './storable.ts';
import { takeCorrectedTime } from './take-corrected-time.ts';

/**
 * A supervisor started: what its predecessor on the same state volume left without an end is lost.
 * @returns the ends of those runs.
 */
export async function beginInstance(
  client: ClientBase,
  { owner, instance, host, at }: Origin & { readonly at: EpochMs },
): Promise<RunFinished[]> {
  await client.query(
    `INSERT INTO gitcron.supervisors (owner, instance, host, started_at, seen_at)
     VALUES ($1, $2, $3, $4, now())
     ON CONFLICT (owner) DO UPDATE SET instance = $2, host = $3, started_at = $4,
       seen_at = now()`,
    [owner, instance, host, instant(at)],
  );
  const lost = await loseRuns(client, {
    which: 'owner = $3 AND instance <> $4',
    values: [owner, instance],
    at: instant(at),
    reason: 'The supervisor died while it ran; how it ended is not known.',
  });
  await takeCorrectedTime(client, owner, at);
  return lost;
}
