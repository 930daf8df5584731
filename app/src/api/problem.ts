import { z } from 'zod';

/** A problem document (RFC 9457). */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What happened. */
    detail: z.string(),
    /** For programs to decide by. */
    code: z.string(),
    /** What to do about it. */
    hint: z.string(),
  })
  .describe('RFC 9457 problem document');
export type Problem = z.output<typeof problem>;
