import { toIso } from '../../api/instant.ts';
import type { TokenView } from '../../api/token.ts';
import type { StoredToken } from '../access/access-file.ts';

export function viewToken(token: StoredToken): TokenView {
  const { id, name, scopes } = token;
  return {
    id,
    name,
    scopes,
    createdAt: toIso(token.createdAt),
    expiresAt: toIso(token.expiresAt),
    lastUsedAt: toIso(token.lastUsedAt),
  };
}
