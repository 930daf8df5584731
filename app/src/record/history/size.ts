import type { Pool } from 'pg';
import { z } from 'zod';

const row = z.object({
  serverVersion: z.string(),
  runs: z.coerce.number(),
  oldestRunAt: z.date().nullable(),
  bytes: z.coerce.number(),
  databaseBytes: z.coerce.number(),
});

export type HistorySize = z.output<typeof row>;

/** How much there is. Counts every run: a tenth of a second for a million. */
export async function readSize(pool: Pool): Promise<HistorySize> {
  const { rows } = await pool.query({
    name: 'history-size',
    text: `SELECT current_setting('server_version') AS "serverVersion",
        (SELECT count(*) FROM gitcron.runs) AS runs,
        (SELECT min(queued_at) FROM gitcron.runs) AS "oldestRunAt",
        (SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)
          FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = 'gitcron' AND relkind = 'r') AS bytes,
        pg_database_size(current_database()) AS "databaseBytes"`,
  });
  return row.parse(rows[0]);
}
