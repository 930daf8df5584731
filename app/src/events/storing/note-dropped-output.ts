import type { ClientBase } from 'pg';

export async function noteDroppedOutput(
  client: ClientBase,
  { bytesByRun }: { readonly bytesByRun: Readonly<Record<string, number>> },
): Promise<void> {
  await client.query(
    `UPDATE gitcron.runs SET output_omitted_bytes = output_omitted_bytes + dropped.bytes,
       output_omitted_why = 'journal_full'
     FROM (SELECT key::uuid AS run_id, value::bigint AS bytes FROM json_each_text($1)) dropped
     WHERE runs.run_id = dropped.run_id`,
    [JSON.stringify(bytesByRun)],
  );
}
