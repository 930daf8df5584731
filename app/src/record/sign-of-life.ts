import type { Pool } from 'pg';
import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import type { Origin } from '../events/define-event.ts';
import type { RunFinished } from '../events/run-events.ts';
import { loseRuns } from '../events/storing/lose-runs.ts';

const SIGN_EVERY_MS = 60_000;

/** A supervisor that was not heard of for so long, by one that could have heard it, is dead. */
const SILENCE = '15 minutes';

export interface SignOfLifeOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly onLost: (end: RunFinished) => void;
  readonly origin: Origin;
}

/**
 * Tells the database once a minute that this supervisor lives, and ends the runs of those that
 * do not: one that starts again on its own state volume does that itself, but a volume can be
 * lost with its supervisor.
 */
export function showSignsOfLife({ pool, clock, onLost, origin }: SignOfLifeOptions): Timer {
  let lastSignAt: EpochMs | null = null;
  let timer = clock.after(SIGN_EVERY_MS, showSign);

  function showSign(): void {
    timer = clock.after(SIGN_EVERY_MS, showSign);
    tell().then(
      () => (lastSignAt = clock.now()),
      // The shipper has told that the database is away.
      () => (lastSignAt = null),
    );
  }

  async function tell(): Promise<void> {
    await pool.query({
      name: 'sign-of-life',
      text: 'UPDATE gitcron.supervisors SET seen_at = now() WHERE owner = $1 AND instance = $2',
      values: [origin.owner, origin.instance],
    });
    // After an outage everybody looks silent, until they had the time for a beat.
    if (lastSignAt === null) return;
    for (const end of await loseRunsOfTheSilent(pool)) onLost(end);
  }

  return { cancel: () => timer.cancel() };
}

/** @returns their ends. */
export function loseRunsOfTheSilent(pool: Pool): Promise<RunFinished[]> {
  return loseRuns(pool, {
    which: `owner IN (
      SELECT owner FROM gitcron.supervisors WHERE seen_at < now() - $3::interval)`,
    values: [SILENCE],
    at: 'now',
    reason: 'Its supervisor was not heard of any more; how it ended is not known.',
  });
}
