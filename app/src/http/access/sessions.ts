import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock, EpochMs } from '@gitcron/base/clock';
import type { Role } from '../../api/session.ts';
import type { AccessFile, StoredSession } from './access-file.ts';
import { hashSecret, makeSecret } from './secret.ts';

/**
 * How long a log-in lasts. One by an identity provider is short: what has changed there since then,
 * that somebody has left for instance, is only seen at the next.
 */
export const SESSION_MS = { password: 7 * 24 * 3_600_000, oidc: 12 * 3_600_000 } as const;

/** More log-ins of one person at once end their oldest. */
const MOST_OF_ONE = 100;

/** What a browser says of itself is cut. */
const BROWSER_LETTERS = 200;

/** Who logs in, and may do what. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly via: keyof typeof SESSION_MS;
  /** Of an identity provider: which settings made the role; another one ends the log-in. */
  readonly provider: string | null;
}

/** Where a log-in was begun. */
export interface Whereabouts {
  readonly from: string;
  readonly browser: string | null;
}

export function whereabouts({ ip, headers }: FastifyRequest): Whereabouts {
  return { from: ip, browser: headers['user-agent'] ?? null };
}

export interface NewSession {
  /** What the cookie holds; only its hash is kept. */
  readonly secret: string;
  readonly expiresAt: EpochMs;
}

/** People's log-ins; they outlive a restart. */
export interface Sessions {
  begin(person: Person, whereabouts: Whereabouts): Promise<NewSession>;
  /** Those that are in force, the oldest first. */
  list(): readonly StoredSession[];
  /** @returns null when there is none, or none any more. */
  find(secret: string): StoredSession | null;
  /** @returns null when there was none of that id. */
  end(id: string): Promise<StoredSession | null>;
}

export interface SessionsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Of the identity provider in force; null without one. */
  readonly provider: string | null;
}

export function createSessions(file: AccessFile, options: SessionsOptions): Sessions {
  const { clock, provider } = options;
  const isInForce = (session: StoredSession): boolean =>
    session.expiresAt > clock.now() &&
    (session.via === 'password' || session.provider === provider);

  return {
    async begin(person, { from, browser }) {
      const secret = makeSecret();
      const begunAt = clock.now();
      const expiresAt = begunAt + SESSION_MS[person.via];
      const session: StoredSession = {
        id: randomBytes(4).toString('hex'),
        hash: hashSecret(secret),
        name: person.name,
        role: person.role,
        via: person.via,
        provider: person.provider,
        begunAt,
        expiresAt,
        from,
        browser: browser?.slice(0, BROWSER_LETTERS) ?? null,
      };
      const begun = file.change(({ sessions }) => {
        const others = sessions.filter(isInForce);
        const theirs = others.filter(({ name, via }) => name === person.name && via === person.via);
        const tooMany = theirs.slice(0, 1 - MOST_OF_ONE);
        return { sessions: [...others.filter((one) => !tooMany.includes(one)), session] };
      });
      // Whoever comes to clear a full disk has to get in; then it lasts until the next start.
      await begun.catch(() => {});
      return { secret, expiresAt };
    },
    list: () => file.content.sessions.filter(isInForce),
    find(secret) {
      const hash = hashSecret(secret);
      const session = file.content.sessions.find((one) => one.hash === hash);
      return session !== undefined && isInForce(session) ? session : null;
    },
    async end(id) {
      const ended = file.content.sessions.find((one) => one.id === id && isInForce(one));
      if (ended === undefined) return null;
      await file.change(({ sessions }) => ({
        sessions: sessions.filter((one) => one.id !== id),
      }));
      return ended;
    },
  };
}
