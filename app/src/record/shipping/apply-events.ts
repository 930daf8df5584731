import type { ClientBase } from 'pg';
import type { Entry } from '../journal/entry.ts';
import { activateRelease } from './activate-release.ts';
import { keepChanges, keepPlan } from './keep-plan.ts';
import { keepLastWords } from './keep-last-words.ts';
import { SYSTEM_PREFIX } from '../../schedule/job-source.ts';
import { instant, storable } from './storable.ts';
import { takeCorrectedTime } from './take-corrected-time.ts';

/** An entry and where it stands in the journal, which makes it unique. */
export interface PlacedEntry {
  readonly segment: string;
  readonly position: number;
  readonly entry: Entry;
}

/**
 * Stores what happened to the installation: supervisors, releases, schedules, dropped output.
 * One at a time and in order, because each may change what the one before it said.
 */
export async function applyEvent(client: ClientBase, placed: PlacedEntry): Promise<void> {
  const { entry } = placed;
  const at = instant(entry.at);
  switch (entry.type) {
    case 'supervisor_started':
      await client.query(
        `INSERT INTO gitcron.supervisors (owner, instance, host, started_at, seen_at)
         VALUES ($1, $2, $3, $4, now())
         ON CONFLICT (owner) DO UPDATE SET instance = $2, host = $3, started_at = $4,
           seen_at = now()`,
        [entry.owner, entry.instance, entry.host, at],
      );
      await loseRuns(client, entry.owner, entry.instance, at);
      await takeCorrectedTime(client, entry.owner, entry.at);
      break;
    case 'clock_set_back':
      await takeCorrectedTime(client, entry.owner, entry.at);
      break;
    case 'output_dropped':
      await client.query(
        `UPDATE gitcron.runs SET output_omitted_bytes = output_omitted_bytes + dropped.bytes,
           output_omitted_why = 'journal_full'
         FROM (SELECT key::uuid AS run_id, value::bigint AS bytes FROM json_each_text($1)) dropped
         WHERE runs.run_id = dropped.run_id`,
        [JSON.stringify(entry.bytesByRun)],
      );
      break;
    case 'revision_noticed':
      await client.query(
        `INSERT INTO gitcron.releases (revision, status, noticed_at) VALUES ($1, 'noticed', $2)
         ON CONFLICT DO NOTHING`,
        [entry.revision, at],
      );
      break;
    case 'release_activated':
      await activateRelease(client, entry);
      break;
    case 'release_planned':
      await keepPlan(client, entry);
      break;
    case 'changes_learned':
      await keepChanges(client, entry);
      break;
    case 'revision_rejected':
      await client.query(
        `INSERT INTO gitcron.releases AS known
           (revision, status, noticed_at, rejected_at, rejected_code, rejected_reason)
         VALUES ($1, 'rejected', $2, $2, $3, $4)
         ON CONFLICT (revision) DO UPDATE SET rejected_at = $2, rejected_code = $3,
           rejected_reason = $4,
           status = CASE known.status WHEN 'active' THEN 'active' ELSE 'rejected' END`,
        [entry.revision, at, entry.code, storable(entry.reason)],
      );
      break;
    case 'schedule_replaced':
      await replaceJobs(client, entry, at);
      break;
    case 'run_queued':
    case 'attempt_started':
    case 'attempt_finished':
    case 'run_finished':
    case 'dependencies_installed':
    case 'sync_published':
    case 'sync_failed':
  }
  await remember(client, placed);
}

/** Runs that a dead supervisor left without an end. */
async function loseRuns(client: ClientBase, owner: string, instance: string, at: string) {
  const reason = 'The supervisor died while it ran; how it ended is not known.';
  const { rows } = await client.query<{ run_id: string }>(
    `UPDATE gitcron.runs SET status = 'lost', finished_at = $3, reason = $4
     WHERE owner = $1 AND instance <> $2 AND status IN ('queued', 'running')
     RETURNING run_id`,
    [owner, instance, at, reason],
  );
  const runIds = rows.map(({ run_id: runId }) => runId);
  await client.query(
    `UPDATE gitcron.attempts SET status = 'lost', finished_at = $2, reason = $3
     WHERE run_id = ANY ($1::uuid[]) AND status = 'running'`,
    [runIds, at, reason],
  );
  await keepLastWords(client, runIds);
}

async function replaceJobs(
  client: ClientBase,
  { source, jobs }: Extract<Entry, { type: 'schedule_replaced' }>,
  at: string,
) {
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
    [JSON.stringify(rows), at],
  );
  await client.query(
    `UPDATE gitcron.jobs SET removed_at = $2
     WHERE removed_at IS NULL AND slug <> ALL ($1::text[])
       AND starts_with(slug, $3) = $4`,
    [jobs.map(({ slug }) => slug), at, SYSTEM_PREFIX, source === 'system'],
  );
}

async function remember(client: ClientBase, { segment, position, entry }: PlacedEntry) {
  const revision = 'revision' in entry ? entry.revision : null;
  const detail = detailOf(entry);
  await client.query(
    `INSERT INTO gitcron.events (segment, position, at, type, revision, detail)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      segment,
      position,
      instant(entry.at),
      entry.type,
      entry.type === 'release_activated' ? entry.release.revision : revision,
      JSON.stringify(detail).replaceAll('\\u0000', '\\u2400'),
    ],
  );
}

/** Long lists are kept elsewhere, once. */
function detailOf(entry: Entry): object {
  if (entry.type === 'schedule_replaced') {
    return { source: entry.source, jobs: entry.jobs.length };
  }
  if (entry.type === 'release_planned') {
    return { jobs: entry.jobs.total, packages: entry.packages.total };
  }
  if (entry.type === 'changes_learned') {
    const { from, added, modified, deleted, commits } = entry.changes;
    return { from, added, modified, deleted, commits: commits?.total ?? null };
  }
  return entry;
}
