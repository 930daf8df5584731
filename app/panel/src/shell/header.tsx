import type { SessionView } from '../../../src/api/session.ts';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery, statusQuery } from '../api/queries.ts';
import { request } from '../api/request.ts';
import { useConnection } from '../live/live.tsx';
import { Ago } from '../time/time.tsx';
import { useZone } from '../time/zone.tsx';
import { PAGES } from './pages.ts';
import style from './header.module.css';

/** On every page: what is live, what goes on, whether this page still hears of it. */
export function Header() {
  const { data: status } = useQuery(statusQuery);
  const running = status?.runs.running ?? 0;
  const needs = status?.needs.length ?? 0;
  return (
    <header className={style.header}>
      <div className={style.line}>
        <Link to="/" className={style.name}>
          Gitcron
        </Link>
        <ReleaseInForce />
        <span className={style.counts}>
          {running === 0 ? null : (
            <Link to="/runs" search={{ status: 'running' }}>
              {running} running
            </Link>
          )}
          {needs === 0 ? null : (
            <Link to="/" className={style.needs}>
              <span aria-hidden>! </span>
              {needs}
              <span className="unseen"> {needs === 1 ? 'need' : 'needs'} somebody</span>
            </Link>
          )}
        </span>
      </div>
      <div className={style.line}>
        <nav aria-label="Pages" className={style.pages}>
          {PAGES.map(({ to, name }) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/' }}>
              {name}
            </Link>
          ))}
        </nav>
        <span className={style.right}>
          <ZoneSwitch />
          <Who />
        </span>
      </div>
      <ConnectionLine />
    </header>
  );
}

function ReleaseInForce() {
  const { data: status } = useQuery(statusQuery);
  const release = status?.release;
  if (status === undefined) return <span className="soft">…</span>;
  if (release == null) return <span className="soft">no release yet</span>;
  const ref = status.sync?.ref;
  return (
    <span className={style.release}>
      <Link to="/releases/$revision" params={{ revision: release.revision }}>
        <code>
          {ref == null ? '' : `${ref}@`}
          {release.revision.slice(0, 7)}
        </code>
      </Link>{' '}
      “{release.subject}”{release.pinned ? ' · held by a rollback' : ''}
    </span>
  );
}

function ZoneSwitch() {
  const { choice, name, choose } = useZone();
  return (
    <label className={style.zone}>
      <span className="unseen">Times in</span>
      <select
        value={choice}
        title={name}
        onChange={({ target }) => choose(target.value === 'server' ? 'server' : 'mine')}
      >
        <option value="mine">my time{choice === 'mine' ? `: ${name}` : ''}</option>
        <option value="server">server’s time{choice === 'server' ? `: ${name}` : ''}</option>
      </select>
    </label>
  );
}

function Who() {
  const { data: session } = useQuery(sessionQuery);
  if (session === undefined) return null;
  return (
    <button type="button" title={session.name} onClick={() => void logOut(session.via)}>
      Log out
    </button>
  );
}

async function logOut(via: SessionView['via']): Promise<void> {
  await request('/api/v1/session', { method: 'DELETE' }).catch(() => {});
  // The provider's own log-in goes on: the page says so.
  location.assign(via === 'oidc' ? '/login?left=oidc' : '/login');
}

/** Only where something is not as it ought to be. */
function ConnectionLine() {
  const connection = useConnection();
  const { data: status } = useQuery(statusQuery);
  const away = status?.record?.databaseDown;
  return (
    <div aria-live="polite">
      {connection === 'lost' ? (
        <p className={style.notice}>
          The connection to Gitcron is lost. What is below is as it was; it goes on by itself.
        </p>
      ) : null}
      {away == null ? null : (
        <p className={style.notice}>
          The database is away (<Ago at={away.since} />
          ). Jobs run, and their history is kept on disk until it is back; older runs cannot be read
          meanwhile.
        </p>
      )}
    </div>
  );
}
