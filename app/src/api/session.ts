import { z } from 'zod';
import { iso } from './instant.ts';

/** What people may do: look, operate what is there, or everything. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as the supervisor knows them. */
export const sessionView = z.object({
  name: z.string().describe('administrator, `token NAME`, or command line'),
  role: z.enum(ROLES).nullable().describe('of a person who is logged in; else null'),
  scopes: z
    .array(z.string())
    .describe('read, operate (read, and start, cancel, switch …), admin (everything), trigger:JOB'),
  via: z
    .enum(['password', 'oidc', 'token', 'socket'])
    .describe(
      'how they are known: a log-in by password or identity provider, a token, this machine',
    ),
  expiresAt: iso.nullable().describe('when the log-in or the token ends; null: never'),
});
export type SessionView = z.output<typeof sessionView>;
