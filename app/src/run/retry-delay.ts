const LONGEST_MS = 60 * 60 * 1000;

/**
 * How long to wait after a failed attempt: `@retry-delay`, doubled with each further attempt, up
 * to an hour (or the delay itself, where that is longer).
 *
 * @param failedAttempts 1 or more.
 */
export function retryDelayMs(firstDelayMs: number, failedAttempts: number): number {
  const doubled = firstDelayMs * 2 ** (failedAttempts - 1);
  return Math.min(doubled, Math.max(firstDelayMs, LONGEST_MS));
}
