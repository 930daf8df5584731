import { z } from 'zod';
import { iso } from './instant.ts';

/** Who asks, as the supervisor knows them. */
export const sessionView = z.object({
  name: z.string().describe('administrator, `token NAME`, or command line'),
  scopes: z.array(z.string()).describe('admin, read, trigger:JOB'),
  expiresAt: iso.nullable().describe('when the log-in or the token ends; null: never'),
});
export type SessionView = z.output<typeof sessionView>;
