import type { ClientBase } from 'pg';
import type { EpochMs } from '@gitcron/base/clock';
import { instant, storable } from './storable.ts';

interface Noticed {
  readonly at: EpochMs;
  readonly revision: string;
}

export async function noticeRevision(client: ClientBase, { at, revision }: Noticed): Promise<void> {
  await client.query(
    `INSERT INTO gitcron.releases (revision, status, noticed_at) VALUES ($1, 'noticed', $2)
     ON CONFLICT DO NOTHING`,
    [revision, instant(at)],
  );
}

export async function rejectRevision(
  client: ClientBase,
  { at, revision, code, reason }: Noticed & { readonly code: string; readonly reason: string },
): Promise<void> {
  await client.query(
    `INSERT INTO gitcron.releases AS known
       (revision, status, noticed_at, rejected_at, rejected_code, rejected_reason)
     VALUES ($1, 'rejected', $2, $2, $3, $4)
     ON CONFLICT (revision) DO UPDATE SET rejected_at = $2, rejected_code = $3,
       rejected_reason = $4,
       status = CASE known.status WHEN 'active' THEN 'active' ELSE 'rejected' END`,
    [revision, instant(at), code, storable(reason)],
  );
}
