import type { Pool } from 'pg';
import { z } from 'zod';
import type { Page } from './history.ts';
import { releaseRow } from './rows.ts';

const count = z.coerce.number().int();
const ms = z.coerce.number().nullable();

const revisionRow = releaseRow.extend({
  previous: z.string().nullable(),
  changes: z
    .object({
      added: count,
      modified: count,
      deleted: count,
      commits: count.nullable(),
    })
    .nullable(),
  syncMs: ms,
  installMs: ms,
  activationMs: ms,
  /** What was told of its rejection; by a Gitcron of before only whether it is tried again. */
  rejection: z
    .object({
      place: z.string().nullish(),
      hint: z.string().nullish(),
      output: z.array(z.string()).default([]),
      willRetry: z.boolean(),
    })
    .nullable(),
});
export type RevisionHistory = z.output<typeof revisionRow>;

/** What was told of a revision last, of one kind. */
function lastEvent(type: string): string {
  return `LEFT JOIN LATERAL (
    SELECT at, detail FROM gitcron.events
    WHERE events.revision = releases.revision AND type = '${type}' ORDER BY at DESC LIMIT 1) ${type} ON TRUE`;
}

/** A page of revisions, the newest first, with what became of each. */
export async function selectRevisions(
  pool: Pool,
  limit: number,
  before: string | undefined,
): Promise<Page<RevisionHistory>> {
  const { rows } = await pool.query({
    name: 'history-revisions',
    text: `SELECT revision, subject, author, dependency_hash AS "dependencyHash", status,
        noticed_at AS "noticedAt", activated_at AS "activatedAt",
        rejected_at AS "rejectedAt", rejected_code AS "rejectedCode", rejected_reason AS "rejectedReason",
        COALESCE(changes_learned.detail ->> 'from', sync_published.detail ->> 'previous') AS previous,
        changes_learned.detail AS changes,
        (sync_published.detail ->> 'durationMs')::double precision AS "syncMs",
        (dependencies_installed.detail ->> 'durationMs')::double precision AS "installMs",
        extract(epoch FROM first_activated_at - revision_noticed.at) * 1000 AS "activationMs",
        CASE WHEN rejected_at IS NOT NULL THEN revision_rejected.detail END AS rejection
      FROM (
        SELECT * FROM gitcron.releases
        WHERE $2::text IS NULL OR (noticed_at, revision) <
          (SELECT noticed_at, revision FROM gitcron.releases WHERE revision = $2)
        ORDER BY noticed_at DESC, revision DESC LIMIT $1
      ) releases
      ${['changes_learned', 'sync_published', 'dependencies_installed', 'revision_noticed', 'revision_rejected'].map((type) => lastEvent(type)).join('\n')}
      ORDER BY noticed_at DESC, revision DESC`,
    values: [limit + 1, before ?? null],
  });
  const items = z.array(revisionRow).parse(rows.slice(0, limit));
  return { items, next: rows.length > limit ? (items.at(-1)?.revision ?? null) : null };
}
