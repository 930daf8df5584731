import type { Pool } from 'pg';
import { z } from 'zod';

/** More than one may end alike; nobody wants to choose from more. */
const MAX_FOUND = 5;

const idRow = z.object({ runId: z.uuid() });

/** Runs whose id ends in these digits, as the log shows them, the newest first. Reads every id. */
export async function runsEndingIn(pool: Pool, digits: string): Promise<string[]> {
  const { rows } = await pool.query({
    name: 'history-short-id',
    text: `SELECT run_id AS "runId" FROM gitcron.runs WHERE right(run_id::text, 8) = $1
      ORDER BY queued_at DESC, run_id DESC LIMIT ${MAX_FOUND}`,
    values: [digits],
  });
  return z
    .array(idRow)
    .parse(rows)
    .map(({ runId }) => runId);
}
