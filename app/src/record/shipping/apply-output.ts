import type { ClientBase } from 'pg';
import type { OutputChunk } from '../output/chunk.ts';
import { keepLastWords } from '../../events/storing/keep-last-words.ts';
import { instant } from '../../events/storing/storable.ts';

/** Stores chunks of output. Those of a run that was cleaned up meanwhile are left out. */
export async function applyOutput(
  client: ClientBase,
  chunks: readonly OutputChunk[],
): Promise<void> {
  const runIds = chunks.map(({ runId }) => runId);
  await client.query({
    name: 'record-output',
    text: `WITH stored AS (
        INSERT INTO gitcron.output (run_id, sequence, attempt, stream, at, bytes)
        SELECT chunk.* FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[],
          $5::timestamptz[], $6::bytea[]) AS chunk (run_id, sequence, attempt, stream, at, bytes)
        WHERE EXISTS (SELECT FROM gitcron.runs WHERE runs.run_id = chunk.run_id)
        ON CONFLICT DO NOTHING
        RETURNING run_id, octet_length(bytes) AS bytes
      )
      UPDATE gitcron.runs SET output_bytes = output_bytes + added.bytes
      FROM (SELECT run_id, sum(bytes) AS bytes FROM stored GROUP BY run_id) added
      WHERE runs.run_id = added.run_id`,
    values: [
      runIds,
      chunks.map(({ sequence }) => sequence),
      chunks.map(({ attempt }) => attempt),
      chunks.map(({ stream }) => stream),
      chunks.map(({ at }) => instant(at)),
      chunks.map(({ bytes }) => bytes),
    ],
  });
  await keepLastWords(client, runIds);
}
