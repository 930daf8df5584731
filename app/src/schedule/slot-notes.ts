import type { EpochMs } from '@gitcron/base/clock';
import type { JobSource } from '../events/job-source.ts';
import type { Job } from './job.ts';

/** Why slots were given up: nothing could be started for a while, or the clock was set. */
export type GivenUpCause = 'stalled' | 'clock';

/** Slots of a job that will not fire, if they have not: those after an instant. */
export interface GivenUp {
  readonly slug: string;
  readonly after: EpochMs;
}

/**
 * What has to be known to say of each slot later what became of it, beside the runs; see
 * `slot-fates.ts`. `schedule-and-run.ts` tells it as events.
 */
export interface SlotNotes {
  /** @param jobs all of the source: from then on (exclusive) its slots are theirs. */
  timed(source: JobSource, jobs: readonly Job[], from: EpochMs): void;
  /** Slots in (since, until] were looked after. Told again and again, with the same `since`. */
  watched(since: EpochMs, until: EpochMs): void;
  /** Slots up to and including `until`. */
  givenUp(cause: GivenUpCause, until: EpochMs, jobs: readonly GivenUp[]): void;
}

export const NO_NOTES: SlotNotes = { timed: () => {}, watched: () => {}, givenUp: () => {} };
