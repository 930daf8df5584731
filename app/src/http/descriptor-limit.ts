import { readFileSync } from 'node:fs';

/** More connections than anybody needs, where nothing else sets a limit. */
const MOST_CONNECTIONS = 4096;

/**
 * How many connections there may be over TCP: a quarter of the descriptors that this process may
 * have open. The others are for jobs, which need about five each, the journal, the database and the
 * control socket: a stranger who holds connections must not take what a job needs to start.
 */
export function connectionLimit(descriptors: number | null): number {
  if (descriptors === null) return MOST_CONNECTIONS;
  return Math.max(8, Math.min(MOST_CONNECTIONS, Math.floor(descriptors / 4)));
}

/** @returns null where nobody knows. Node raises its own limit to the hard one when it starts. */
export function openFilesLimit(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}
