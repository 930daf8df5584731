import type { Clock, EpochMs } from '@gitcron/base/clock';
import type { AccessFile } from './access-file.ts';
import { hashSecret, makeSecret } from './secret.ts';

/** How long a log-in lasts. */
export const SESSION_MS = 7 * 24 * 3_600_000;

/** More log-ins at once end the oldest. */
const MAX_SESSIONS = 100;

/** One log-in of the administrator. */
export interface Session {
  readonly expiresAt: EpochMs;
}

/** The administrator's log-ins; they outlive a restart. */
export interface Sessions {
  /** @returns what the cookie holds. */
  begin(): Promise<string>;
  /** @returns null when there is none, or none any more. */
  find(secret: string): Session | null;
  end(secret: string): Promise<void>;
}

export function createSessions(file: AccessFile, clock: Pick<Clock, 'now'>): Sessions {
  return {
    async begin() {
      const secret = makeSecret();
      const session = { hash: hashSecret(secret), expiresAt: clock.now() + SESSION_MS };
      const begun = file.change(({ sessions }) => ({
        sessions: [...sessions.filter(({ expiresAt }) => expiresAt > clock.now()), session].slice(
          -MAX_SESSIONS,
        ),
      }));
      // Whoever comes to clear a full disk has to get in; then it lasts until the next start.
      await begun.catch(() => {});
      return secret;
    },
    find(secret) {
      const hash = hashSecret(secret);
      const session = file.content.sessions.find((one) => one.hash === hash);
      return session !== undefined && session.expiresAt > clock.now() ? session : null;
    },
    async end(secret) {
      const hash = hashSecret(secret);
      await file.change(({ sessions }) => ({
        sessions: sessions.filter((one) => one.hash !== hash),
      }));
    },
  };
}
