import { Link } from '@tanstack/react-router';
import type { WhyView } from '../../../../src/api/why.ts';
import style from './run.module.css';

const MOST = 8;

/** What is different from the last success: each line is evidence, none of them a verdict. */
export function Changed({ changed }: { readonly changed: NonNullable<WhyView['changed']> }) {
  const { release, commits, files, line, packages, params, host } = changed;
  return (
    <ul className={style.evidence}>
      {release === null ? null : (
        <li>
          <Link to="/compare/$from/$to" params={release}>
            <code>{release.from.slice(0, 7)}</code> → <code>{release.to.slice(0, 7)}</code>
          </Link>
        </li>
      )}
      {commits?.items.slice(0, MOST).map(({ hash, subject, author }) => (
        <li key={hash}>
          Commit <code>{hash.slice(0, 7)}</code> “{subject}” by {author}
          {commits.direction === 'removed' ? ', no longer there' : ''}
        </li>
      ))}
      {line === null ? null : (
        <li>
          Its line in the crontab: <code>{lineOf(line.from)}</code> → <code>{lineOf(line.to)}</code>
        </li>
      )}
      {packages?.slice(0, MOST).map(({ name, from, to }) => (
        <li key={name}>
          Package {name}: {from.join(', ') || 'not there'} → {to.join(', ') || 'gone'}
        </li>
      ))}
      {params === null ? null : (
        <li>
          Parameters: <code>{JSON.stringify(params.from)}</code> →{' '}
          <code>{JSON.stringify(params.to)}</code>
        </li>
      )}
      {host === null ? null : (
        <li>
          Host: {host.from} → {host.to}
        </li>
      )}
      {files?.items.slice(0, MOST).map(({ path, change }) => (
        <li key={path}>
          <code>{path}</code> {change}
        </li>
      ))}
      {files === null || files.total <= MOST ? null : <li>{files.total} files in all</li>}
    </ul>
  );
}

function lineOf({ schedule, command }: { readonly schedule: string; readonly command: string }) {
  return `${schedule} ${command}`;
}
