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

/** Read ahead while the log is busy, so that the next lines are ready when it is done. */
const MAX_AHEAD_CHARACTERS = 1024 * 1024;

export function createValve(log: Pick<Log, 'write' | 'drained'>): Valve {
  const held = new Set<Readable>();
  let opened = Promise.withResolvers<void>();
  /** Written since the log fell behind; null while it keeps up. */
  let ahead: number | null = null;

  function hold(source: Readable): void {
    source.pause();
    if (held.size === 0) opened = Promise.withResolvers();
    held.add(source);
  }

  function release(): void {
    ahead = null;
    const sources = [...held];
    held.clear();
    for (const source of sources) source.resume();
    opened.resolve();
  }

  return {
    write(lines, source) {
      if (log.write(lines)) return;
      // One listener for all sources: each drain opens the valve for everybody.
      if (ahead === null) log.drained(release);
      ahead = (ahead ?? 0) + lines.length;
      if (ahead > MAX_AHEAD_CHARACTERS) hold(source);
    },
    isHolding: (source) => held.has(source),
    open: () => (held.size === 0 ? Promise.resolve() : opened.promise),
  };
}
