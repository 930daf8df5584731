import type { Pool } from 'pg';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import type { Origin } from '../events/define-event.ts';

const BEAT_MS = 60_000;

/** A supervisor that was not heard of for so long, by one that could have heard it, is dead. */
const SILENCE = '15 minutes';

export interface SignOfLifeOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly origin: Origin;
}

/**
 * Tells the database once a minute that this supervisor lives, and ends the runs of those that
 * do not: one that starts again on its own state volume does that itself, but a volume can be
 * lost with its supervisor.
 */
export function showSignsOfLife({ pool, clock, logger, origin }: SignOfLifeOptions): Timer {
  let lastBeatAt: EpochMs | null = null;
  let timer = clock.after(BEAT_MS, beat);

  function beat(): void {
    timer = clock.after(BEAT_MS, beat);
    tell().then(
      () => (lastBeatAt = clock.now()),
      // The shipper has told that the database is away.
      () => (lastBeatAt = null),
    );
  }

  async function tell(): Promise<void> {
    await pool.query({
      name: 'sign-of-life',
      text: 'UPDATE gitcron.supervisors SET seen_at = now() WHERE owner = $1 AND instance = $2',
      values: [origin.owner, origin.instance],
    });
    // After an outage everybody looks silent, until they had the time for a beat.
    if (lastBeatAt === null) return;
    const lost = await loseRunsOfTheSilent(pool);
    if (lost > 0) logger.warn(`record: ${lost} runs of a supervisor that is gone are marked lost`);
  }

  return { cancel: () => timer.cancel() };
}

/** @returns how many. */
export async function loseRunsOfTheSilent(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'lose-runs-of-the-silent',
    text: `WITH lost AS (
        UPDATE gitcron.runs SET status = 'lost', finished_at = now(),
          reason = 'Its supervisor was not heard of any more; how it ended is not known.'
        WHERE status IN ('queued', 'running') AND owner IN (
          SELECT owner FROM gitcron.supervisors WHERE seen_at < now() - $1::interval)
        RETURNING run_id, finished_at, reason
      ), attempts AS (
        UPDATE gitcron.attempts SET status = 'lost', finished_at = lost.finished_at,
          reason = lost.reason
        FROM lost WHERE attempts.run_id = lost.run_id AND attempts.status = 'running'
      )
      SELECT FROM lost`,
    values: [SILENCE],
  });
  return rowCount ?? 0;
}
