import type { Pool, QueryResultRow } from 'pg';
import type { Condition } from './filter.ts';
import { SUMMARY_COLUMNS } from './rows.ts';

/** Among so many of the newest runs a frequent word is found often enough. */
const NEWEST_RUNS = 10_000;

/**
 * The newest runs that fulfil a condition.
 *
 * A search for text has no one good plan: the index on text is right for a rare word, but for a
 * frequent one it finds a hundred thousand runs of which fifty are wanted. The planner cannot tell
 * which it is, so the newest runs are read first, and the index is used when they are not enough.
 */
export async function selectRuns(
  pool: Pool,
  { sql, textSql, values }: Condition,
  limit: number,
): Promise<QueryResultRow[]> {
  const select = async (from: string, where: string): Promise<QueryResultRow[]> => {
    const { rows } = await pool.query(
      `SELECT ${SUMMARY_COLUMNS} FROM ${from} WHERE ${where}
       ORDER BY runs.run_id DESC LIMIT ${limit}`,
      [...values],
    );
    return rows;
  };
  if (textSql === null) return select('gitcron.runs', sql);
  const newest = `(SELECT * FROM gitcron.runs WHERE ${sql}
    ORDER BY runs.run_id DESC LIMIT ${NEWEST_RUNS}) runs`;
  const rows = await select(newest, textSql);
  return rows.length === limit ? rows : select('gitcron.runs', `${sql} AND ${textSql}`);
}
