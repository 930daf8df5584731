import type { EpochMs } from '@gitcron/base/clock';
import type { Outcome } from '../events.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';

/** When the last run of a job ended, and the last that succeeded; null for never, as far as known. */
export interface JobTimes {
  readonly ran: EpochMs | null;
  readonly succeeded: EpochMs | null;
}

/** For metrics: what was seen since the start, and before that what history has. */
export interface JobTimesBoard {
  ended(job: string, status: Outcome['status'], at: EpochMs): void;
  /** The clock was ahead, and shows this time now. */
  takeCorrectedTime(now: EpochMs): void;
  /** Of the jobs of the crontab in force. */
  all(rooms: Rooms): Promise<ReadonlyMap<string, JobTimes>>;
}

export function createJobTimes(): JobTimesBoard {
  const times = new Map<string, JobTimes>();
  let isHistoryRead = false;

  async function readOnce(rooms: Rooms): Promise<void> {
    if (isHistoryRead || rooms.record === null) return;
    const before = await readHistoryIfThere(PATIENCE_MS.glance, rooms, (history) =>
      history.lastEnds(),
    );
    if (before === null) return;
    isHistoryRead = true;
    for (const { slug, ran, succeeded } of before) {
      const seen = times.get(slug);
      times.set(slug, { ran: seen?.ran ?? ran, succeeded: seen?.succeeded ?? succeeded });
    }
  }

  return {
    ended(job, status, at) {
      // It never ran.
      if (status === 'skipped') return;
      const known = times.get(job);
      const succeeded = status === 'succeeded' ? at : (known?.succeeded ?? null);
      times.set(job, { ran: at, succeeded });
    },
    takeCorrectedTime(now) {
      const corrected = (at: EpochMs | null) => (at === null ? null : Math.min(at, now));
      for (const [job, { ran, succeeded }] of times) {
        times.set(job, { ran: corrected(ran), succeeded: corrected(succeeded) });
      }
    },
    async all(rooms) {
      await readOnce(rooms);
      const slugs = rooms.jobs.list().map(({ slug }) => slug);
      return new Map(slugs.flatMap((slug) => timesOf(slug)));
    },
  };

  function timesOf(slug: string): [string, JobTimes][] {
    const known = times.get(slug);
    return known === undefined ? [] : [[slug, known]];
  }
}
