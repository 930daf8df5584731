import { z } from 'zod';
import { iso } from './instant.ts';

export const MARK_KINDS = ['release', 'rollback', 'rejected', 'outage', 'clock'] as const;

/** What a timeline shows beside runs and slots. */
export const timelineMark = z.object({
  kind: z
    .enum(MARK_KINDS)
    .describe(
      'release: a new revision was made current; rejected: a revision was not; outage: nobody looked after slots; clock: it was set back',
    ),
  at: iso.describe('of an outage: when slots were looked at last, up to a minute before it'),
  until: iso.nullable().describe('of an outage; null: it has not ended'),
  release: z.string().nullable(),
  subject: z.string().nullable(),
  by: z.string().nullable().describe('who rolled back, as far as known'),
  reason: z.string().nullable().describe('of a rejection'),
});
export type TimelineMark = z.output<typeof timelineMark>;

export const timelineMarks = z.object({
  items: z.array(timelineMark).describe('by time; the newest 1000'),
  complete: z.boolean().describe('false: the newest history waits for the database'),
});
export type TimelineMarks = z.output<typeof timelineMarks>;
