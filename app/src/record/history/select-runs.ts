import type { Pool, QueryResultRow } from 'pg';
import type { Condition } from './filter.ts';
import { SUMMARY_COLUMNS } from './rows.ts';

/** Among so many of the newest runs a frequent word is found often enough. */
const NEWEST_RUNS = 10_000;

/** The newest runs that fulfil a condition. */
export async function selectRuns(
  pool: Pool,
  condition: Condition,
  limit: number,
): Promise<QueryResultRow[]> {
  if (condition.textSql !== null) return searchRuns(pool, condition, condition.textSql, limit);
  const { rows } = await pool.query(
    `SELECT ${SUMMARY_COLUMNS} FROM (${newestRuns(condition, limit)}) runs ${newestFirst(limit)}`,
    [...condition.values],
  );
  return rows;
}

/**
 * A search for text has no one good plan: the index on text is right for a rare word, but for a
 * frequent one it finds a hundred thousand runs of which fifty are wanted. The planner cannot tell
 * which it is, so the newest runs are read first, and the index is used when they are not enough.
 */
async function searchRuns(
  pool: Pool,
  condition: Condition,
  textSql: string,
  limit: number,
): Promise<QueryResultRow[]> {
  const { sql, statuses, values } = condition;
  const newest = newestRuns(condition, NEWEST_RUNS);
  const { rows: found } = await pool.query(
    `SELECT ${SUMMARY_COLUMNS} FROM (${newest}) runs WHERE ${textSql} ${newestFirst(limit)}`,
    [...values],
  );
  if (found.length === limit) return found;
  const { rowCount: olderOnes } = await pool.query(
    `SELECT FROM (${newest}) runs OFFSET ${NEWEST_RUNS - 1}`,
    // The text comes last, and a parameter that is not used is an error.
    values.slice(0, -1),
  );
  if (olderOnes === 0) return found;
  const status = statuses === null ? 'TRUE' : `runs.status IN (${statuses.join(', ')})`;
  const { rows } = await pool.query(
    `SELECT ${SUMMARY_COLUMNS} FROM gitcron.runs
     WHERE ${sql} AND ${status} AND ${textSql} ${newestFirst(limit)}`,
    [...values],
  );
  return rows;
}

/** Reads the newest runs of each status by itself: an index gives each of them in order. */
function newestRuns({ sql, statuses }: Condition, limit: number): string {
  const select = `SELECT * FROM gitcron.runs WHERE ${sql}`;
  if (statuses === null) return `${select} ${newestFirst(limit)}`;
  const each = statuses.map((one) => `(${select} AND runs.status = ${one} ${newestFirst(limit)})`);
  return `SELECT * FROM (${each.join(' UNION ALL ')}) runs ${newestFirst(limit)}`;
}

function newestFirst(limit: number): string {
  return `ORDER BY runs.queued_at DESC, runs.run_id DESC LIMIT ${limit}`;
}
