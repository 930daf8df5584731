import type { Clock } from '@gitcron/base/clock';
import type { AccessFile } from './access-file.ts';
import { hashSecret, makeSecret } from './secret.ts';

/** How long a log-in lasts. */
export const SESSION_MS = 7 * 24 * 3_600_000;

/** More log-ins at once end the oldest. */
const MAX_SESSIONS = 100;

/** The administrator's log-ins; they outlive a restart. */
export interface Sessions {
  /** @returns what the cookie holds. */
  begin(): Promise<string>;
  isOpen(secret: string): boolean;
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
    isOpen(secret) {
      const hash = hashSecret(secret);
      const session = file.content.sessions.find((one) => one.hash === hash);
      return session !== undefined && session.expiresAt > clock.now();
    },
    async end(secret) {
      const hash = hashSecret(secret);
      await file.change(({ sessions }) => ({
        sessions: sessions.filter((one) => one.hash !== hash),
      }));
    },
  };
}
