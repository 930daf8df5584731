import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ReleaseDiff } from '../../../../src/api/release-diff.ts';
import { JobChanges } from './job-changes.tsx';
import style from './compare.module.css';

/** What is different: commits, jobs, packages, files. What was not kept is said to be so. */
export function Differences({ diff }: { readonly diff: ReleaseDiff }) {
  const { from, to, jobs, packages, files, commits } = diff;
  return (
    <div className={style.parts}>
      <p>
        <Named {...from} /> → <Named {...to} />
      </p>
      <Part name="Commits" known={commits} count={commits?.total ?? 0}>
        <ul>
          {commits?.items.map(({ hash, subject, author }) => (
            <li key={hash}>
              <code>{hash.slice(0, 7)}</code> “{subject}” by {author}
              {commits.direction === 'removed' ? ' (no longer there)' : ''}
            </li>
          ))}
        </ul>
        <Rest of={commits} />
      </Part>
      <Part
        name="Jobs"
        known={jobs}
        count={jobs === null ? 0 : jobs.added.length + jobs.removed.length + jobs.changed.length}
      >
        {jobs === null ? null : <JobChanges jobs={jobs} />}
      </Part>
      <Part name="Packages" known={packages} count={packages?.length ?? 0}>
        <ul>
          {packages?.map(({ language, name, from: before, to: after }) => (
            <li key={`${language} ${name}`}>
              {name}: {before.join(', ') || 'not there'} → {after.join(', ') || 'gone'}
            </li>
          ))}
        </ul>
      </Part>
      <Part name="Files" known={files} count={files?.total ?? 0}>
        <ul>
          {files?.items.map(({ path, change }) => (
            <li key={path}>
              <code>{path}</code> <span className="soft">{change}</span>
            </li>
          ))}
        </ul>
        <Rest of={files} />
      </Part>
    </div>
  );
}

function Named({ revision, subject, author }: ReleaseDiff['from']) {
  return (
    <>
      <Link to="/releases/$revision" params={{ revision }}>
        <code>{revision.slice(0, 7)}</code>
      </Link>{' '}
      “{subject}” by {author}
    </>
  );
}

function Part({
  name,
  known,
  count,
  children,
}: {
  readonly name: string;
  readonly known: unknown;
  readonly count: number;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={name}>
      <h2>
        {name} <span className="soft">{known === null ? '' : count}</span>
      </h2>
      {known === null ? (
        <p className="soft">Not remembered of one of the two.</p>
      ) : count === 0 ? (
        <p className="soft">The same.</p>
      ) : (
        children
      )}
    </section>
  );
}

function Rest({ of }: { readonly of: { total: number; items: readonly unknown[] } | null }) {
  const more = of === null ? 0 : of.total - of.items.length;
  return more <= 0 ? null : <p className="soft">and {more} more, which are not listed.</p>;
}
