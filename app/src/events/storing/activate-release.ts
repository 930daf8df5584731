import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import type { ReleaseName } from '../release-name.ts';
import { instant, storable } from './storable.ts';

/** A supervisor that was not heard of for so long runs nothing any more. */
const SILENCE = '15 minutes';

interface Activated {
  readonly at: EpochMs;
  /** Entries of older versions do not say it. */
  readonly owner?: string | undefined;
  readonly reason: string;
  readonly release: ReleaseName;
}

/**
 * A release became current for a supervisor. Another one's stays active: several may run at once. A
 * restart is no activation, so it changes neither the first time nor the last.
 */
export async function activateRelease(
  client: ClientBase,
  { at, owner, reason, release }: Activated,
): Promise<void> {
  const { revision, subject, author, dependencyHash } = release;
  if (owner !== undefined) {
    await client.query(
      `INSERT INTO gitcron.active_releases (owner, revision, since) VALUES ($1, $2, $3)
       ON CONFLICT (owner) DO UPDATE SET revision = $2, since = $3`,
      [owner, revision, instant(at)],
    );
  }
  await client.query(
    `UPDATE gitcron.releases SET status = 'inactive'
     WHERE status = 'active' AND revision <> $1 AND NOT EXISTS (
       SELECT FROM gitcron.active_releases active JOIN gitcron.supervisors USING (owner)
       WHERE active.revision = releases.revision AND seen_at > now() - $2::interval)`,
    [revision, SILENCE],
  );
  await client.query(
    `INSERT INTO gitcron.releases AS known
       (revision, subject, author, dependency_hash, status, noticed_at, activated_at,
        first_activated_at)
     VALUES ($1, $2, $3, $4, 'active', $5, $5, $5)
     ON CONFLICT (revision) DO UPDATE SET subject = $2, author = $3, dependency_hash = $4,
       status = 'active', first_activated_at = COALESCE(known.first_activated_at, $5),
       activated_at = CASE WHEN $6 THEN COALESCE(known.activated_at, $5) ELSE $5 END`,
    [
      revision,
      storable(subject),
      storable(author),
      dependencyHash,
      instant(at),
      reason === 'start',
    ],
  );
}
