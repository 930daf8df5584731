import type { RunStatus } from '../../../src/api/run.ts';

/** A status as people say it; its mark is beside it. */
export const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  queued: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed out',
  canceled: 'canceled',
  skipped: 'skipped',
  lost: 'lost',
};

/** Those that somebody may have to look at. */
export function isFailure(status: RunStatus): boolean {
  return status === 'failed' || status === 'timed_out' || status === 'lost';
}
