import type { Readable } from 'node:stream';
import type { Log } from '../../log.ts';

/**
 * Writes job output to the log and stops reading from jobs whose output the log can't take yet.
 * The pipe of such a job fills up and its next write waits: the memory stays flat.
 */
export interface Valve {
  write(lines: string, source: Readable): void;
  isHolding(source: Readable): boolean;
  /** Resolves when no source is held back. */
  open(): Promise<void>;
}

export function createValve(log: Pick<Log, 'write' | 'drained'>): Valve {
  const held = new Set<Readable>();
  let opened = Promise.withResolvers<void>();

  function hold(source: Readable): void {
    source.pause();
    // One listener for all sources: each drain opens the valve for everybody.
    if (held.size === 0) {
      opened = Promise.withResolvers();
      log.drained(release);
    }
    held.add(source);
  }

  function release(): void {
    const sources = [...held];
    held.clear();
    for (const source of sources) source.resume();
    opened.resolve();
  }

  return {
    write(lines, source) {
      if (!log.write(lines)) hold(source);
    },
    isHolding: (source) => held.has(source),
    open: () => (held.size === 0 ? Promise.resolve() : opened.promise),
  };
}
