import { z } from 'zod';
import { createPool } from '../../src/record/database/pool.ts';
import { createHistory, type History } from '../../src/record/history/history.ts';
import { linesOf, outcomeOf } from './known-run.ts';
import { silentLogger } from './silent-logger.ts';
import { query } from './test-database.ts';

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
  const faults: string[] = [];
  for (let start = 0; start < finished.length; start += 200) {
    const ids = finished.slice(start, start + 200);
    const { rows } = await query(databaseUrl, STORED, [ids]);
    const stored = new Map(
      z
        .array(storedRun)
        .parse(rows)
        .map((run) => [run.runId, run]),
    );
    for (const runId of ids) {
      const run = stored.get(runId);
      faults.push(...(run ? differences(run, linesPerRun) : [`${runId} is missing`]));
    }
  }
  return faults;
}

const STORED = `SELECT run_id AS "runId", status, exit_code AS "exitCode", reason, result,
    output_omitted_why AS "omittedWhy",
    (SELECT count(*)::integer FROM gitcron.attempts WHERE attempts.run_id = runs.run_id) AS attempts,
    (SELECT string_agg(bytes, '' ORDER BY sequence) FROM gitcron.output
      WHERE output.run_id = runs.run_id AND stream = 'stdout') AS stdout,
    (SELECT string_agg(bytes, '' ORDER BY sequence) FROM gitcron.output
      WHERE output.run_id = runs.run_id AND stream = 'stderr') AS stderr
  FROM gitcron.runs WHERE run_id = ANY ($1)`;

const storedRun = z.object({
  runId: z.string(),
  status: z.string(),
  exitCode: z.number().nullable(),
  reason: z.string().nullable(),
  result: z.string().nullable(),
  omittedWhy: z.string().nullable(),
  attempts: z.number(),
  stdout: z.instanceof(Buffer).nullable(),
  stderr: z.instanceof(Buffer).nullable(),
});

function differences(run: z.output<typeof storedRun>, linesPerRun: number): string[] {
  const { runId } = run;
  const expected = outcomeOf(runId);
  const faults: string[] = [];
  for (const key of ['status', 'exitCode', 'reason', 'result'] as const) {
    if (run[key] !== expected[key]) faults.push(`${runId}: ${key} is ${String(run[key])}`);
  }
  if (run.attempts !== 1) faults.push(`${runId}: ${run.attempts} attempts`);
  // Output that had to make room is missing, and the run says so.
  if (run.omittedWhy !== null) return faults;
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = linesOf(runId, linesPerRun).filter((line) => line.stream === stream);
    const written = Buffer.concat(lines.map(({ bytes }) => bytes));
    if (run[stream]?.equals(written) !== true) faults.push(`${runId}: ${stream} differs`);
  }
  return faults;
}
