import { Link } from '@tanstack/react-router';
import type { ReleaseView } from '../../../../src/api/release.ts';
import { Ago } from '../../time/time.tsx';
import type { RevisionView } from './queries.ts';
import { RollBack } from './roll-back.tsx';
import style from './releases.module.css';

/** A commit: what it is called, what became of it, and the way back to it. */
export function RevisionRow({
  revision,
  release,
}: {
  readonly revision: RevisionView;
  /** Null: its files are not here, or not any more. */
  readonly release: ReleaseView | null;
}) {
  const { revision: hash, subject, author } = revision;
  return (
    <li className={style.row} data-row data-status={revision.status}>
      <Link to="/releases/$revision" params={{ revision: hash }}>
        <code>{hash.slice(0, 7)}</code>
      </Link>
      <span className={style.subject}>
        {subject === '' ? null : `“${subject}” `}
        {author === '' ? null : <span className="soft">by {author}</span>}
        {revision.rejectedReason === null || revision.status !== 'rejected' ? null : (
          <span className={style.reason}>{revision.rejectedReason}</span>
        )}
      </span>
      <span className={style.state}>
        {stateInWords(revision, release)}{' '}
        <span className="soft">
          <Ago at={revision.activatedAt ?? revision.rejectedAt ?? revision.noticedAt} />
        </span>
      </span>
      <span className={style.acts}>
        {release === null || release.current ? null : <RollBack revision={hash} />}
      </span>
    </li>
  );
}

function stateInWords({ status }: RevisionView, release: ReleaseView | null): string {
  if (release?.current === true) return release.pinned ? 'current, held by a rollback' : 'current';
  switch (status) {
    case 'active':
    case 'inactive':
      return 'was live';
    case 'rejected':
      return 'rejected';
    case 'noticed':
      return 'being prepared, or overtaken';
    default:
      return status satisfies never;
  }
}
