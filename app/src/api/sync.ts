import { z } from 'zod';

/** What came of asking for a sync. */
export const syncView = z.object({
  result: z
    .enum(['published', 'unchanged', 'requested'])
    .describe('requested: git-sync was told, and looks now'),
  revision: z.string().nullable(),
});
export type SyncView = z.output<typeof syncView>;
