import { z } from 'zod';
import { iso } from './instant.ts';

export const NEED_CODES = [
  'no_release',
  'slots_missed',
  'history_not_written',
  'jobs_locked_out',
  'state_not_written',
  'history_lost',
  'history_in_memory',
  'output_left_out',
  'run_overdue',
  'commit_rejected',
  'sync_failing',
  'job_failing',
] as const;

/** Something that somebody has to see to. */
export const needView = z.object({
  code: z.enum(NEED_CODES),
  since: iso.nullable().describe('null where that is not known'),
  sentence: z.string(),
  job: z.string().optional().describe('the slug, where it is of one job'),
});
export type Need = z.output<typeof needView>;
