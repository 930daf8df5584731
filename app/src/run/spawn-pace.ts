import type { EpochMs } from '@gitcron/base/clock';

/**
 * Spreads the starts of processes over turns of the event loop. A start blocks the loop for a
 * millisecond or two; between two of them timers fire and output is read.
 */
export interface SpawnPace {
  /** For a run whose time has come. */
  soon(start: () => void): void;
  /** For a process that is needed later: after everything that is due, the next needed first. */
  later(neededAt: EpochMs, start: () => void): void;
}

interface Ahead {
  readonly neededAt: EpochMs;
  readonly start: () => void;
}

export function createSpawnPace(): SpawnPace {
  const due: (() => void)[] = [];
  /** In the order in which they are needed: a crowd must not hold up the job of every second. */
  const ahead: Ahead[] = [];
  let stepping = false;

  function step(): void {
    const start = due.shift() ?? ahead.shift()?.start;
    stepping = start !== undefined;
    if (start === undefined) return;
    setImmediate(step);
    start();
  }

  function wake(): void {
    if (!stepping) setImmediate(step);
    stepping = true;
  }

  return {
    soon(start) {
      due.push(start);
      wake();
    },
    later(neededAt, start) {
      const index = ahead.findLastIndex((other) => other.neededAt <= neededAt);
      ahead.splice(index + 1, 0, { neededAt, start });
      wake();
    },
  };
}
