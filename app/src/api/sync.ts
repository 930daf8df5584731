import { z } from 'zod';

/** What came of asking for a sync. */
export const syncView = z.object({
  result: z
    .enum(['published', 'unchanged', 'requested'])
    .describe('requested: git-sync was told, and looks now'),
  revision: z.string().nullable(),
  triedAgain: z
    .boolean()
    .default(false)
    .describe('the commit here was rejected for good; it is tried once more now'),
});
export type SyncView = z.output<typeof syncView>;

/** What git-sync says of it. */
export type SyncLook = Omit<SyncView, 'triedAgain'>;
