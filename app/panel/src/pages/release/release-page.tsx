import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Complaint } from '../../shell/complaint.tsx';
import { Fact, Facts } from '../../shell/facts.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { Instant } from '../../time/time.tsx';
import { Differences } from '../compare/differences.tsx';
import {
  diffQuery,
  releasesQuery,
  revisionsQuery,
  type RevisionView,
} from '../releases/queries.ts';
import { RollBack } from '../releases/roll-back.tsx';
import style from './release.module.css';

/** One commit: what became of it and what it changed. */
export function ReleasePage() {
  const { revision: asked } = useParams({ from: '/releases/$revision' });
  const revisions = useInfiniteQuery(revisionsQuery);
  const { data: kept = [] } = useQuery(releasesQuery);
  const items = revisions.data?.pages.flatMap((page) => page.items) ?? [];
  const at = items.findIndex(({ revision }) => revision.startsWith(asked));
  const revision = items[at];
  const before = items.slice(at + 1).find(({ activatedAt }) => activatedAt !== null);
  const release = kept.find((one) => one.revision === revision?.revision);
  const canGoBack = release !== undefined && !release.current;
  return (
    <Page
      title={`Release ${asked.slice(0, 7)}`}
      actions={canGoBack ? <RollBack revision={release.revision} /> : null}
    >
      {revisions.error === null ? null : <Complaint of={revisions.error} />}
      {revisions.isPending ? <p className="soft">Loading the release …</p> : null}
      {revision === undefined ? (
        revisions.isSuccess ? (
          <NotHere more={revisions.hasNextPage} load={() => void revisions.fetchNextPage()} />
        ) : null
      ) : (
        <>
          <FactsOf revision={revision} isCurrent={release?.current === true} />
          {before === undefined ? null : (
            <section aria-labelledby="changed" className={style.changed}>
              <h2 id="changed">What it changed</h2>
              <Changes from={before.revision} to={revision.revision} />
            </section>
          )}
        </>
      )}
    </Page>
  );
}

function NotHere({ more, load }: { readonly more: boolean; readonly load: () => void }) {
  if (!more) return <p className="soft">No such commit was noticed here, or it is forgotten.</p>;
  return (
    <p>
      It is not among the newest.{' '}
      <button type="button" onClick={load}>
        Look further back
      </button>
    </p>
  );
}

function FactsOf({
  revision,
  isCurrent,
}: {
  readonly revision: RevisionView;
  readonly isCurrent: boolean;
}) {
  return (
    <Facts>
      <Fact name="Commit">
        “{revision.subject}” by {revision.author}
        <br />
        <code>{revision.revision}</code>
      </Fact>
      <Fact name="Noticed">
        <Instant at={revision.noticedAt} />
      </Fact>
      {revision.activatedAt === null ? null : (
        <Fact name="Live">
          since <Instant at={revision.activatedAt} />
          {isCurrent ? '' : ', and not any more'}
        </Fact>
      )}
      {revision.rejectedReason === null ? null : (
        <Fact name="Rejected">
          <pre className={style.reason}>{revision.rejectedReason}</pre>
          <code>{revision.rejectedCode}</code>
        </Fact>
      )}
      {revision.dependencyHash === null ? null : (
        <Fact name="Dependencies">
          <code>{revision.dependencyHash.slice(0, 12)}</code>
        </Fact>
      )}
    </Facts>
  );
}

function Changes({ from, to }: { readonly from: string; readonly to: string }) {
  const diff = useQuery(diffQuery(from, to));
  return (
    <Loaded query={diff} what="what it changed">
      {(loaded) => <Differences diff={loaded} />}
    </Loaded>
  );
}
