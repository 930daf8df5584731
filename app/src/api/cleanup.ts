import { z } from 'zod';

/** What a clean-up of history took, or would take. */
export const cleanupView = z.object({
  dryRun: z.boolean().describe('true: nothing went'),
  runsByAge: z.int(),
  runsByCount: z.int(),
  outputsBySize: z.int().describe('runs that stay but lose their output'),
  outputBytes: z.int(),
  events: z.int(),
  releases: z.int(),
  jobs: z.int(),
});
