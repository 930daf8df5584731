import { z } from 'zod';
import { iso } from './instant.ts';

/** What people may do: look, operate what is there, or everything. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as the supervisor knows them. */
export const sessionView = z.object({
  name: z
    .string()
    .describe('administrator, `user NAME` by the identity provider, `token NAME`, or command line'),
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

/** A log-in that is in force. */
export const logInView = z.object({
  id: z.string().describe('names it; nobody gets in with it'),
  name: z.string().describe('administrator, or `user NAME` by the identity provider'),
  role: z.enum(ROLES),
  via: z.enum(['password', 'oidc']),
  begunAt: iso,
  expiresAt: iso,
  from: z.string().nullable().describe('the address it was begun from; null: not known'),
  browser: z.string().nullable().describe('what the browser said it is, cut'),
  mine: z.boolean().describe('the one that this was asked with'),
});
export type LogInView = z.output<typeof logInView>;
