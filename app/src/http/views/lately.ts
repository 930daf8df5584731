import type { z } from 'zod';
import { toIso } from '../../api/instant.ts';
import type { lately } from '../../api/job.ts';
import type { RunMark } from '../../record/history/lately.ts';
import { byNewest } from '../run-place.ts';

/**
 * A job's last runs and how long it usually takes.
 * @param stored what history has, the newest first.
 * @param known what is in memory: it is ahead of history for a moment, or for as long as that is away.
 */
export function viewLately(
  stored: readonly RunMark[],
  known: readonly RunMark[],
  limit: number,
): z.output<typeof lately> {
  const marks = new Map([...stored, ...known].map((mark) => [mark.runId, mark]));
  // What became of a run that is over, the record knows.
  for (const mark of stored) if (mark.durationMs !== null) marks.set(mark.runId, mark);
  const newest = [...marks.values()].toSorted(byNewest).slice(0, limit);
  return {
    runs: newest.map(({ runId, status, queuedAt, durationMs }) => ({
      id: runId,
      status,
      queuedAt: toIso(queuedAt),
      durationMs,
    })),
    usualMs: medianOf(
      newest.flatMap(({ status, durationMs }) =>
        status === 'succeeded' ? (durationMs ?? []) : [],
      ),
    ),
  };
}

function medianOf(values: readonly number[]): number | null {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? null;
}
