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
  const values = [...condition.values];
  if (condition.textSql !== null) return searchRuns(pool, condition, condition.textSql, limit);
  const newest = newestRuns(condition, limit);
  const { rows } = await pool.query(
    `SELECT ${SUMMARY_COLUMNS} FROM (${newest}) runs ORDER BY runs.run_id DESC`,
    values,
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
  const values = [...condition.values];
  const newest = await pool.query(
    `WITH newest AS MATERIALIZED (${newestRuns(condition, NEWEST_RUNS)}), found AS (
       SELECT ${SUMMARY_COLUMNS} FROM newest runs WHERE ${textSql}
       ORDER BY runs.run_id DESC LIMIT ${limit})
     SELECT (SELECT count(*) FROM newest)::integer AS looked, found.*
     FROM (SELECT) once LEFT JOIN found ON TRUE ORDER BY "runId" DESC`,
    values,
  );
  const found = newest.rows.filter((row: { runId: unknown }) => row.runId !== null);
  const first: { looked: number } | undefined = newest.rows[0];
  const isAll = first !== undefined && first.looked < NEWEST_RUNS;
  if (isAll || found.length === limit) return found;
  const status = condition.statuses === null ? '' : `AND runs.status = ANY (${condition.statuses})`;
  const { rows } = await pool.query(
    `SELECT ${SUMMARY_COLUMNS} FROM gitcron.runs
     WHERE ${condition.sql} ${status} AND ${textSql}
     ORDER BY runs.run_id DESC LIMIT ${limit}`,
    values,
  );
  return rows;
}

/** Reads the newest runs of each status by itself: an index gives each of them in order. */
function newestRuns({ sql, statuses }: Condition, limit: number): string {
  const order = `ORDER BY runs.run_id DESC LIMIT ${limit}`;
  if (statuses === null) return `SELECT runs.* FROM gitcron.runs WHERE ${sql} ${order}`;
  return `SELECT runs.* FROM unnest(${statuses}) chosen (status) CROSS JOIN LATERAL (
      SELECT * FROM gitcron.runs WHERE runs.status = chosen.status AND ${sql} ${order}) runs
    ${order}`;
}
