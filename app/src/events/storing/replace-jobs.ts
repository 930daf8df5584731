import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import { SYSTEM_PREFIX, type JobSource } from '../job-source.ts';
import { instant, storable } from './storable.ts';

interface Replaced {
  readonly at: EpochMs;
  readonly source: JobSource;
  readonly jobs: readonly {
    readonly slug: string;
    readonly description: string;
    readonly command: string;
  }[];
}

/** What a source's crontab does not name any more is removed; other sources stay as they are. */
export async function replaceJobs(
  client: ClientBase,
  { at, source, jobs }: Replaced,
): Promise<void> {
  const rows = jobs.map((job) => ({
    ...job,
    description: storable(job.description),
    command: storable(job.command),
  }));
  await client.query(
    `INSERT INTO gitcron.jobs (slug, description, command, schedule, zone, disabled, line, seen_at)
     SELECT slug, description, command, schedule, zone, disabled, line, $2::timestamptz
     FROM json_to_recordset($1) AS (slug text, description text, command text, schedule text,
       zone text, disabled boolean, line integer)
     ON CONFLICT (slug) DO UPDATE SET description = excluded.description,
       command = excluded.command, schedule = excluded.schedule, zone = excluded.zone,
       disabled = excluded.disabled, line = excluded.line, seen_at = excluded.seen_at,
       removed_at = NULL`,
    [JSON.stringify(rows), instant(at)],
  );
  await client.query(
    `UPDATE gitcron.jobs SET removed_at = $2
     WHERE removed_at IS NULL AND slug <> ALL ($1::text[])
       AND starts_with(slug, $3) = $4`,
    [jobs.map(({ slug }) => slug), instant(at), SYSTEM_PREFIX, source === 'system'],
  );
}
