import type { Outcome, OutputStream } from '../../src/events.ts';
import { createHistory, type History } from '../../src/record/history/history.ts';
import { createPool } from '../../src/record/database/pool.ts';
import { silentLogger } from './silent-logger.ts';
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

/** Reads the whole history of a database. */
export async function withHistory<Result>(
  databaseUrl: string,
  body: (history: History) => Promise<Result>,
): Promise<Result> {
  const pool = createPool(databaseUrl, silentLogger, 1);
  try {
    return await body(createHistory(pool));
  } finally {
    await pool.end();
  }
}

/** What is wrong with the record of these runs; empty when nothing is. */
export async function faultsIn(
  databaseUrl: string,
  finished: readonly string[],
  linesPerRun: number,
): Promise<string[]> {
  return withHistory(databaseUrl, async (history) => {
    const faults: string[] = [];
    for (const runId of finished) {
      const run = await history.run(runId);
      if (run === null) {
        faults.push(`${runId} is missing`);
        continue;
      }
      const expected = outcomeOf(runId);
      for (const key of ['status', 'exitCode', 'reason', 'result'] as const) {
        if (run[key] !== expected[key]) faults.push(`${runId}: ${key} is ${String(run[key])}`);
      }
      if (run.attempts.length !== 1) faults.push(`${runId}: ${run.attempts.length} attempts`);
      if (run.outputOmittedWhy !== null) continue;
      for (const stream of ['stdout', 'stderr'] as const) {
        const chunks = await history.output(runId, { stream, maxBytes: 100_000_000 });
        const kept = Buffer.concat(chunks.map(({ bytes }) => bytes));
        const lines = linesOf(runId, linesPerRun).filter((line) => line.stream === stream);
        const written = Buffer.concat(lines.map(({ bytes }) => bytes));
        if (!kept.equals(written)) faults.push(`${runId}: ${stream} differs`);
      }
    }
    return faults;
  });
}
