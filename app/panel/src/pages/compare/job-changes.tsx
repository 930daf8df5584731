import { Link } from '@tanstack/react-router';
import type { PlannedJob } from '../../../../src/api/plan.ts';
import type { JobsDiff } from '../../../../src/api/release-diff.ts';
import { SettingChanges } from './setting-changes.tsx';
import style from './compare.module.css';

/** Jobs that came, went, or are different, with what both lines say. */
export function JobChanges({ jobs: { added, removed, changed } }: { readonly jobs: JobsDiff }) {
  if (added.length + removed.length + changed.length === 0) return null;
  return (
    <ul className={style.jobs}>
      {added.map((job) => (
        <li key={job.slug}>
          <strong>{job.slug}</strong> added: <Line job={job} />
        </li>
      ))}
      {removed.map((job) => (
        <li key={job.slug}>
          <strong>{job.slug}</strong> removed: <Line job={job} />
        </li>
      ))}
      {changed.map(({ from, to }) => (
        <li key={to.slug}>
          <Link to="/jobs/$slug" params={{ slug: to.slug }}>
            {to.slug}
          </Link>{' '}
          changed
          <SettingChanges from={from} to={to} />
        </li>
      ))}
    </ul>
  );
}

function Line({ job: { schedule, command, line } }: { readonly job: PlannedJob }) {
  return (
    <>
      <code>
        {schedule} {command}
      </code>{' '}
      <span className="soft">(line {line})</span>
    </>
  );
}
