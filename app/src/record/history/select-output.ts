import type { Pool } from 'pg';
import { z } from 'zod';
import type { OutputStream } from '../../api/output.ts';
import type { OutputChunk } from '../output/chunk.ts';
import { chunkRow } from './rows.ts';

export interface OutputRange {
  /** Only what comes after this sequence number; 0 is everything. */
  readonly after?: number;
  /** Instead of `after`: the page that ends before this sequence number. */
  readonly before?: number;
  readonly stream?: OutputStream;
  readonly attempt?: number;
  /** A page ends when it holds so many bytes; it has at least one chunk while there are any. */
  readonly maxBytes?: number;
}

/** Of one stream, of one attempt, or of both. */
export interface OutputPart {
  readonly stream?: OutputStream | undefined;
  readonly attempt?: number | undefined;
}

const DEFAULT_BYTES = 1024 * 1024;

/** A page of a run's output, oldest first. */
export async function selectOutput(
  pool: Pool,
  runId: string,
  { after = 0, before, stream, attempt, maxBytes = DEFAULT_BYTES }: OutputRange,
): Promise<readonly OutputChunk[]> {
  const isBackwards = before !== undefined;
  const [towards, order] = isBackwards ? ['<', 'DESC'] : ['>', 'ASC'];
  const { rows } = await pool.query({
    name: isBackwards ? 'history-output-before' : 'history-output',
    text: `SELECT run_id AS "runId", sequence, attempt, stream, at, bytes FROM (
        SELECT *, sum(octet_length(bytes)) OVER (ORDER BY sequence ${order}) - octet_length(bytes)
          AS bytes_ahead
        FROM gitcron.output
        WHERE run_id = $1 AND sequence ${towards} $2
          AND ($3::text IS NULL OR stream = $3) AND ($4::integer IS NULL OR attempt = $4)
        ORDER BY sequence ${order} LIMIT 1000
      ) page WHERE bytes_ahead < $5 ORDER BY sequence`,
    values: [runId, before ?? after, stream ?? null, attempt ?? null, maxBytes],
  });
  return z.array(chunkRow).parse(rows);
}
