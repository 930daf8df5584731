/**
 * Spreads the starts of processes over turns of the event loop. A start blocks the loop for a
 * millisecond or two; between two of them timers fire and output is read.
 */
export interface SpawnPace {
  /** For a run whose time has come. */
  soon(start: () => void): void;
  /** For a process that is needed later: after everything that is due. */
  later(start: () => void): void;
}

export function createSpawnPace(): SpawnPace {
  const due: (() => void)[] = [];
  const ahead: (() => void)[] = [];
  let stepping = false;

  function step(): void {
    const start = due.shift() ?? ahead.shift();
    stepping = start !== undefined;
    if (start === undefined) return;
    setImmediate(step);
    start();
  }

  function add(list: (() => void)[], start: () => void): void {
    list.push(start);
    if (!stepping) setImmediate(step);
    stepping = true;
  }

  return { soon: (start) => add(due, start), later: (start) => add(ahead, start) };
}
