/** Milliseconds since 1970-01-01T00:00:00Z: an instant, the same in every zone. */
export type EpochMs = number;

/** No clock that is right shows an earlier time: Gitcron is younger. A board without a battery does. */
export const EARLIEST_RIGHT_TIME: EpochMs = Date.UTC(2025, 0, 1);

/** An armed timer. */
export interface Timer {
  cancel(): void;
}

/** Time as the planner sees it; tests pass a virtual one. */
export interface Clock {
  /** The wall clock. It can jump. */
  now(): EpochMs;
  /** A clock that never jumps; only differences mean anything. Milliseconds. */
  monotonic(): number;
  after(delayMs: number, callback: () => void): Timer;
  /** Returns when `instant` has come, without going to sleep. For the last few milliseconds only. */
  stayAwakeUntil(instant: EpochMs): void;
}

/** Node's timers overflow beyond this delay and fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A clock that is corrected while it is watched is set back by no more, unless somebody sets it. */
const CORRECTED_BY_MS = 10;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  stayAwakeUntil: (instant) => {
    // The wall clock can be set back meanwhile; the other one cannot. By a little it is waited for.
    const giveUpAt = performance.now() + (instant - Date.now()) + CORRECTED_BY_MS;
    while (Date.now() < instant && performance.now() < giveUpAt);
  },
  after: (delayMs, callback) => {
    const due = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      timer =
        restMs > MAX_TIMER_MS
          ? setTimeout(() => arm(due - performance.now()), MAX_TIMER_MS)
          : setTimeout(callback, Math.max(restMs, 0));
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
