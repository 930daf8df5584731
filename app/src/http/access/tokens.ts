import { randomBytes } from 'node:crypto';
import type { Clock, EpochMs } from '@gitcron/base/clock';
import type { AccessFile, StoredToken } from './access-file.ts';
import { hashSecret, makeSecret } from './secret.ts';

/** So that a token is recognized for what it is, by people and by scanners of repositories. */
const PREFIX = 'gitcron_';

/** A token's last use is written down at most so often. */
const USE_GRANULARITY_MS = 60_000;

export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null: it never expires. */
  readonly expiresAt: EpochMs | null;
}

export interface Tokens {
  /** @returns the token itself, which is shown this one time and not kept. */
  create(request: TokenRequest): Promise<{ readonly secret: string; readonly token: StoredToken }>;
  list(): readonly StoredToken[];
  /** @param which an id or a name. @returns null when there is no such token. */
  revoke(which: string): Promise<StoredToken | null>;
  /** @returns null for a token that is unknown, revoked or expired. */
  verify(secret: string): StoredToken | null;
}

export function createTokens(file: AccessFile, clock: Pick<Clock, 'now'>): Tokens {
  const noteUse = (token: StoredToken): void => {
    const lastUsedAt = clock.now();
    if (lastUsedAt - (token.lastUsedAt ?? 0) < USE_GRANULARITY_MS) return;
    const used = { ...token, lastUsedAt };
    file
      .change(({ tokens }) => ({ tokens: tokens.map((one) => (one.id === token.id ? used : one)) }))
      // The disk is full, which others tell; the token is good all the same.
      .catch(() => {});
  };

  return {
    async create({ name, scopes, expiresAt }) {
      const secret = `${PREFIX}${makeSecret()}`;
      const token: StoredToken = {
        id: randomBytes(4).toString('hex'),
        name,
        scopes: [...scopes],
        hash: hashSecret(secret),
        createdAt: clock.now(),
        expiresAt,
        lastUsedAt: null,
      };
      try {
        await file.change(({ tokens }) => ({ tokens: [...tokens, token] }));
      } catch (error) {
        // Nobody has seen it, and nobody will.
        await file
          .change(({ tokens }) => ({ tokens: tokens.filter((one) => one !== token) }))
          .catch(() => {});
        throw error;
      }
      return { secret, token };
    },
    list: () => file.content.tokens,
    async revoke(which) {
      const revoked = file.content.tokens.find(({ id, name }) => id === which || name === which);
      if (revoked === undefined) return null;
      await file.change(({ tokens }) => ({ tokens: tokens.filter(({ id }) => id !== revoked.id) }));
      return revoked;
    },
    verify(secret) {
      const hash = hashSecret(secret);
      const token = file.content.tokens.find((one) => one.hash === hash);
      if (token === undefined || (token.expiresAt !== null && token.expiresAt <= clock.now()))
        return null;
      noteUse(token);
      return token;
    },
  };
}
