import { z } from 'zod';
import { iso } from './instant.ts';

/** A release that is kept, as `gitcron releases --json` and the API show it. */
export const releaseView = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  dependencyHash: z.string().nullable(),
  preparedAt: iso,
  activatedAt: iso.nullable(),
  current: z.boolean(),
  pinned: z.boolean(),
});
export type ReleaseView = z.output<typeof releaseView>;
