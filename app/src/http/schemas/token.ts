import { z } from 'zod';
import { SCOPE, type StoredToken } from '../access/access-file.ts';
import { iso, toIso } from './run.ts';

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: iso,
  expiresAt: iso.nullable(),
  lastUsedAt: iso.nullable().describe('to the minute'),
});
export type TokenView = z.output<typeof tokenView>;

export const tokenRequest = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.@ -]{1,64}$/, 'up to 64 letters, digits, spaces and . _ @ -')
    .describe('for whom it is'),
  scopes: z.array(z.string().regex(SCOPE, 'expected read, admin or trigger:<job>')).min(1).max(100),
  expiresAt: iso
    .refine((at) => Date.parse(at) > Date.now(), 'is past')
    .nullable()
    .default(null),
});

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
