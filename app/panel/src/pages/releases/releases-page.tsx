import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { useRowKeys } from '../../keys/row-keys.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { More } from '../../shell/more.tsx';
import { Page } from '../../shell/page.tsx';
import { useDeed } from '../../shell/use-deed.ts';
import type { SyncView } from '../../../../src/api/sync.ts';
import { CompareForm } from './compare-form.tsx';
import { releasesQuery, revisionsQuery } from './queries.ts';
import { RevisionRow } from './revision-row.tsx';
import style from './releases.module.css';

/** Every commit, and what became of it. */
export function ReleasesPage() {
  const revisions = useInfiniteQuery(revisionsQuery);
  const { data: kept = [] } = useQuery(releasesQuery);
  useRowKeys();
  const items = revisions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Releases" actions={<SyncNow />}>
      {revisions.error === null ? null : <Complaint of={revisions.error} />}
      {revisions.isPending ? <p className="soft">Loading the releases …</p> : null}
      {revisions.isSuccess && items.length === 0 ? (
        <p className="soft">No commit yet: the first one that git-sync publishes stands here.</p>
      ) : null}
      {items.length < 2 ? null : <CompareForm revisions={items} />}
      <ul className={style.list} aria-label="Commits">
        {items.map((revision) => (
          <RevisionRow
            key={revision.revision}
            revision={revision}
            release={kept.find((one) => one.revision === revision.revision) ?? null}
          />
        ))}
      </ul>
      <More query={revisions}>Older commits</More>
    </Page>
  );
}

/** Asks git-sync to look for a commit now. */
function SyncNow() {
  const { mayOperate } = useRights();
  const [said, setSaid] = useState('');
  const sync = useDeed(async () => {
    setSaid('');
    const { result, revision } = await request<SyncView>('/api/v1/sync', { method: 'POST' });
    setSaid(WORDS[result](revision?.slice(0, 7) ?? ''));
  });
  if (!mayOperate) return null;
  return (
    <>
      <span role="status" className="soft">
        {sync.isBusy ? 'Looking …' : said}
      </span>
      {sync.error === null ? null : <Complaint of={sync.error} />}
      <button type="button" onClick={() => void sync.start()}>
        Look for a commit now
      </button>
    </>
  );
}

const WORDS: Readonly<Record<SyncView['result'], (revision: string) => string>> = {
  published: (revision) => `${revision} was published.`,
  unchanged: (revision) => `Nothing new: still ${revision}.`,
  requested: () => 'git-sync was told, and looks now.',
};
