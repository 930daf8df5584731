import { toIso } from '../../api/instant.ts';
import type { LogInView } from '../../api/session.ts';
import type { StoredSession } from '../access/access-file.ts';

/** @param mine the id of the asker's own log-in */
export function viewLogIn(session: StoredSession, mine: string | null): LogInView {
  const { id, name, role, via, from, browser } = session;
  return {
    id,
    name,
    role,
    via,
    begunAt: toIso(session.begunAt),
    expiresAt: toIso(session.expiresAt),
    from,
    browser,
    mine: id === mine,
  };
}
