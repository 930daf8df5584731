import type { Pool } from 'pg';
import { z } from 'zod';
import { OUTPUT_STREAMS } from '../../api/output.ts';
import type { OutputPart } from './select-output.ts';

const MARKS = 256;
const MOST_GAPS = 1000;

const count = z.coerce.number().int();
const instant = z.date().transform((date) => date.getTime());

const partRow = z.object({
  attempt: count,
  stream: z.enum(OUTPUT_STREAMS),
  pieces: count,
  bytes: count,
  first: count,
  last: count,
});
const markRow = z.object({ sequence: count, bytes: count, at: instant });
const gapRow = z.object({ after: count, before: count });

/** What is stored of a run's output, without its bytes. */
export interface StoredOutline {
  readonly parts: readonly z.output<typeof partRow>[];
  readonly marks: readonly z.output<typeof markRow>[];
  readonly gaps: readonly z.output<typeof gapRow>[];
}

/** @param part of which the marks are; everything else is of the whole. */
export async function readOutline(
  pool: Pool,
  runId: string,
  { stream, attempt }: OutputPart,
): Promise<StoredOutline> {
  const [parts, marks, gaps] = await Promise.all([
    pool.query({
      name: 'history-output-parts',
      text: `SELECT attempt, stream, count(*) AS pieces, sum(octet_length(bytes)) AS bytes,
          min(sequence) AS first, max(sequence) AS last
        FROM gitcron.output WHERE run_id = $1 GROUP BY attempt, stream ORDER BY attempt, stream DESC`,
      values: [runId],
    }),
    pool.query({
      name: 'history-output-marks',
      text: `SELECT DISTINCT ON (ahead * ${MARKS} / total) sequence, ahead AS bytes, at FROM (
          SELECT sequence, at, sum(octet_length(bytes)) OVER () AS total,
            sum(octet_length(bytes)) OVER (ORDER BY sequence) - octet_length(bytes) AS ahead
          FROM gitcron.output
          WHERE run_id = $1 AND octet_length(bytes) > 0
            AND ($2::text IS NULL OR stream = $2) AND ($3::integer IS NULL OR attempt = $3)
        ) pieces ORDER BY ahead * ${MARKS} / total, sequence`,
      values: [runId, stream ?? null, attempt ?? null],
    }),
    pool.query({
      name: 'history-output-gaps',
      text: `SELECT after, before FROM (
          SELECT COALESCE(lag(sequence) OVER (ORDER BY sequence), 0) AS after, sequence AS before
          FROM gitcron.output WHERE run_id = $1
        ) pieces WHERE before > after + 1 ORDER BY before LIMIT ${MOST_GAPS}`,
      values: [runId],
    }),
  ]);
  return {
    parts: z.array(partRow).parse(parts.rows),
    marks: z.array(markRow).parse(marks.rows),
    gaps: z.array(gapRow).parse(gaps.rows),
  };
}
