import { z } from 'zod';
import { iso } from './instant.ts';

/** `read` everything, start one job, `operate` what is there, or everything. */
export const SCOPE = /^(?:read|operate|admin|trigger:[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?)$/;

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
  scopes: z
    .array(z.string().regex(SCOPE, 'expected read, operate, admin or trigger:<job>'))
    .min(1)
    .max(100),
  expiresAt: iso
    .refine((at) => Date.parse(at) > Date.now(), 'is past')
    .nullable()
    .default(null),
});
