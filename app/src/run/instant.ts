import type { Clock, EpochMs } from '@gitcron/base/clock';
import { MOST_AHEAD_MS } from '../schedule/job.ts';
import type { HeldAttempt } from './launch.ts';

/** When a gate was opened. */
export interface Opened {
  readonly at: EpochMs;
  /** On the monotonic clock. */
  readonly monotonic: number;
}

/**
 * What falls on one instant, in an order that holds whenever we are killed: what history must know is
 * told and which processes begin is written first, a little ahead of the instant; when it has come,
 * which slots are dealt with, and all gates open, one right after the other; events, log lines and
 * readers follow.
 */
export interface Instant {
  /** What history must know before anything begins. */
  first(step: () => void): void;
  /**
   * Opens the gate; `follow` comes when all gates of the instant are open.
   * @param dueAt not before this, if it is near: further ahead it is only where the clock was set back.
   */
  open(attempt: HeldAttempt, dueAt: EpochMs, follow: (opened: Opened) => void): void;
  last(step: () => void): void;
}

interface Opening {
  readonly attempt: HeldAttempt;
  readonly dueAt: EpochMs;
  readonly follow: (opened: Opened) => void;
}

/** What a successor must know, in case we are killed. */
export interface InstantNotes {
  /** Which processes are about to begin; just ahead of the instant. */
  beginning(pids: readonly number[], at: EpochMs): void;
  /** That they begin; at the instant. */
  begun(): void;
}

export function createInstant(clock: Clock, notes: InstantNotes): Instant {
  let firsts: (() => void)[] = [];
  let openings: Opening[] = [];
  let lasts: (() => void)[] = [];
  let isQueued = false;

  function run(): void {
    const [toDo, toOpen, toEnd] = [firsts, openings, lasts];
    [firsts, openings, lasts] = [[], [], []];
    isQueued = false;
    for (const step of toDo) step();
    const dueAt = nearestInstant(toOpen);
    notes.beginning(
      toOpen.flatMap(({ attempt }) => attempt.process.pid ?? []),
      dueAt,
    );
    clock.stayAwakeUntil(dueAt);
    notes.begun();
    const opened = toOpen.map(({ attempt, follow }) => {
      attempt.process.release();
      return { follow, at: clock.now(), monotonic: clock.monotonic() };
    });
    for (const { follow, at, monotonic } of opened) follow({ at, monotonic });
    for (const step of toEnd) step();
  }

  function nearestInstant(of: readonly Opening[]): EpochMs {
    const now = clock.now();
    return Math.max(now, ...of.map(({ dueAt }) => (dueAt <= now + MOST_AHEAD_MS ? dueAt : now)));
  }

  function add<Step>(list: Step[], step: Step): void {
    list.push(step);
    // A microtask and no timer: readers must be there before a process's exit is handled.
    if (!isQueued) queueMicrotask(run);
    isQueued = true;
  }

  return {
    first: (step) => add(firsts, step),
    open: (attempt, dueAt, follow) => add(openings, { attempt, dueAt, follow }),
    last: (step) => add(lasts, step),
  };
}
