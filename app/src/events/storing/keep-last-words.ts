import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { readable } from '../last-words.ts';
import { storable } from './storable.ts';

/** So many of the last pieces of a stream hold 4 KiB, but for those that were written letter by letter. */
const LAST_PIECES = 50;

const rowsOfOutput = z.array(
  z.object({ runId: z.string(), stream: z.string(), bytes: z.instanceof(Buffer) }),
);

/**
 * The error of lost runs: nobody was there to keep it at their end, so it is what is stored of their
 * output. Asked whenever either comes, because either may come first.
 */
export async function keepLastWords(
  client: ClientBase | Pool,
  runIds: readonly string[],
): Promise<void> {
  const { rows } = await client.query({
    name: 'record-last-words',
    text: `SELECT runs.run_id AS "runId", stream, last.bytes
      FROM gitcron.runs CROSS JOIN unnest('{stderr,stdout}'::text[]) told (stream)
      CROSS JOIN LATERAL (
        SELECT string_agg(bytes, '' ORDER BY sequence) AS bytes FROM (
          SELECT bytes, sequence FROM gitcron.output
          WHERE output.run_id = runs.run_id AND output.stream = told.stream
            AND output.attempt = runs.attempt
          ORDER BY sequence DESC LIMIT ${LAST_PIECES}) pieces) last
      WHERE runs.run_id = ANY ($1::uuid[]) AND runs.status = 'lost' AND last.bytes IS NOT NULL
      ORDER BY runs.run_id, stream = 'stdout'`,
    values: [[...new Set(runIds)]],
  });
  const errors = new Map<string, string>();
  for (const { runId, bytes } of rowsOfOutput.parse(rows)) {
    const text = readable(bytes);
    if (text !== null && !errors.has(runId)) errors.set(runId, text);
  }
  if (errors.size === 0) return;
  await client.query({
    name: 'record-lost-errors',
    text: `UPDATE gitcron.runs SET error = told.error
      FROM unnest($1::uuid[], $2::text[]) told (run_id, error)
      WHERE runs.run_id = told.run_id AND runs.status = 'lost'`,
    values: [[...errors.keys()], [...errors.values()].map((error) => storable(error))],
  });
}
