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

export async function keepChanges(
  client: ClientBase,
  { revision, changes }: Changed,
): Promise<void> {
  await client.query('UPDATE gitcron.releases SET changes_hash = $2 WHERE revision = $1', [
    revision,
    await keep(client, changes),
  ]);
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
