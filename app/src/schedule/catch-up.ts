import type { EpochMs } from '@gitcron/base/clock';
import type { CatchUp, Job } from './job.ts';
import { slotsBetween } from './planner.ts';

/** `@catchup all` after a long time away makes up for the newest of its slots only. */
const MAX_CAUGHT_UP = 1000;

/** The slots in (after, now] that a job's `@catchup` makes up for, oldest first. */
export function caughtUpSlots(job: Job, after: EpochMs, now: EpochMs): EpochMs[] {
  const { catchUp } = job.settings;
  if (catchUp.kind === 'none') return [];
  return newestSlots(job, Math.max(after, windowStart(catchUp, now)), now, mostOf(catchUp));
}

/** Those of the slots, oldest first, that a `@catchup` takes. */
export function withinCatchUp<At extends { readonly at: EpochMs }>(
  catchUp: CatchUp,
  slots: readonly At[],
  now: EpochMs,
): At[] {
  const most = mostOf(catchUp);
  const from = windowStart(catchUp, now);
  return most === 0 ? [] : slots.filter(({ at }) => at > from).slice(-most);
}

function mostOf({ kind }: CatchUp): number {
  return { none: 0, last: 1, all: MAX_CAUGHT_UP }[kind];
}

/** The last instant before the window. */
function windowStart(catchUp: CatchUp, now: EpochMs): EpochMs {
  const windowMs = catchUp.kind === 'none' ? null : catchUp.windowMs;
  return windowMs === null ? Number.NEGATIVE_INFINITY : now - windowMs - 1;
}

/** Looks back further and further, because a job of every second has millions of slots in a month. */
function newestSlots(job: Job, after: EpochMs, until: EpochMs, count: number): EpochMs[] {
  for (let reachMs = 60_000; ; reachMs *= 2) {
    const from = Math.max(after, until - reachMs);
    const slots = slotsBetween(job, from, until);
    if (slots.length >= count || from === after) return slots.slice(-count);
  }
}
