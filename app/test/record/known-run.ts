import type { Outcome } from '../../src/events.ts';
import type { OutputStream } from '../../src/api/output.ts';
import { outcome } from './events.ts';

/** What a run of the workload wrote: known from its id. */
export function linesOf(runId: string, count: number): { stream: OutputStream; bytes: Buffer }[] {
  return Array.from({ length: count }, (_, index) => ({
    stream: index % 3 === 2 ? 'stderr' : 'stdout',
    bytes: Buffer.from(`${runId} line ${index} ${'.'.repeat(50)}\n`),
  }));
}

/** How it ended: known from its id, too. */
export function outcomeOf(runId: string): Outcome {
  const exitCode = Number.parseInt(runId.slice(-1), 16) % 3;
  return outcome({
    status: exitCode === 0 ? 'succeeded' : 'failed',
    exitCode,
    reason: `Exit code ${exitCode} of ${runId}.`,
    result: JSON.stringify({ runId }),
  });
}
