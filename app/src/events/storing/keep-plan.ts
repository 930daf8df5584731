import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { InstalledPackages, PlannedJobs, RevisionChanges } from '../../api/plan.ts';

interface Planned {
  readonly revision: string;
  readonly jobs: PlannedJobs;
  readonly packages: InstalledPackages;
}

interface Changed {
  readonly revision: string;
  readonly changes: RevisionChanges;
}

/** What a release planned: releases that plan the same share it. */
export async function keepPlan(
  client: ClientBase,
  { revision, jobs, packages }: Planned,
): Promise<void> {
  await client.query(
    'UPDATE gitcron.releases SET jobs_hash = $2, packages_hash = $3 WHERE revision = $1',
    [revision, await keep(client, jobs), await keep(client, packages)],
  );
}

/**
 * What was published before it and never taken up, such as one of two pushes in a row, is on the way
 * from one release to another: it gets a row for its own changes, just before this one's.
 */
export async function keepChanges(
  client: ClientBase,
  { revision, changes }: Changed,
): Promise<void> {
  await client.query('UPDATE gitcron.releases SET changes_hash = $2 WHERE revision = $1', [
    revision,
    await keep(client, changes),
  ]);
  await client.query(
    `INSERT INTO gitcron.releases (revision, status, noticed_at)
     SELECT $2, 'noticed', noticed_at - interval '1 millisecond'
     FROM gitcron.releases WHERE revision = $1
     ON CONFLICT DO NOTHING`,
    [revision, changes.from],
  );
}

/** @returns the hash under which it is kept. */
async function keep(client: ClientBase, content: object): Promise<string> {
  const body = JSON.stringify(content);
  const hash = createHash('sha256').update(body).digest('hex');
  // Touching it keeps a cleanup that runs now from deleting what nobody refers to yet.
  await client.query(
    `INSERT INTO gitcron.contents (hash, body, used_at) VALUES ($1, $2, now())
     ON CONFLICT (hash) DO UPDATE SET used_at = now()`,
    [hash, body],
  );
  return hash;
}
