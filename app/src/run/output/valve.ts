import type { Readable } from 'node:stream';
import type { Log } from '@gitcron/base/log';

/**
 * Writes job output to the log and stops reading from jobs whose output the log can't take yet.
 * The pipe of such a job fills up and its next write waits: the memory stays flat.
 */
export interface Valve {
  write(lines: string, source: Readable): void;
  isHolding(source: Readable): boolean;
  /** Resolves when no source is held back. */
  open(): Promise<void>;
  /** The end was asked for: when the log takes nothing for so long, it is not waited for any more. */
  limitWaits(limitMs: number): void;
  /** Not waited for any more at all: what the log can't take is lost to it. */
  letGo(): void;
}

/** Read ahead while the log is busy, so that the next lines are ready when it is done. */
const MAX_AHEAD_CHARACTERS = 1024 * 1024;

export function createValve(log: Pick<Log, 'write' | 'drained'>): Valve {
  const held = new Set<Readable>();
  let opened = Promise.withResolvers<void>();
  /** Written since the log fell behind; null while it keeps up. */
  let ahead: number | null = null;
  let limitMs: number | null = null;
  let limit: NodeJS.Timeout | undefined;
  /** What comes while the log is behind is thrown away. */
  let isLost = false;

  function hold(source: Readable): void {
    source.pause();
    if (held.size === 0) opened = Promise.withResolvers();
    held.add(source);
  }

  function release(): void {
    ahead = null;
    clearTimeout(limit);
    openAll();
  }

  function openAll(): void {
    const sources = [...held];
    held.clear();
    for (const source of sources) source.resume();
    opened.resolve();
  }

  function letGo(): void {
    isLost = true;
    openAll();
  }

  function startLimit(): void {
    clearTimeout(limit);
    if (limitMs !== null && ahead !== null) limit = setTimeout(letGo, limitMs);
  }

  return {
    write(lines, source) {
      if (isLost && ahead !== null) return;
      if (log.write(lines)) return;
      if (ahead === null) {
        ahead = 0;
        // One listener for all sources: each drain opens the valve for everybody.
        log.drained(release);
        startLimit();
      }
      ahead += lines.length;
      if (ahead > MAX_AHEAD_CHARACTERS && !isLost) hold(source);
    },
    limitWaits(given) {
      limitMs = given;
      startLimit();
    },
    letGo,
    isHolding: (source) => held.has(source),
    open: () => (held.size === 0 ? Promise.resolve() : opened.promise),
  };
}
