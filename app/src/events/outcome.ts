import { z } from 'zod';
import { FINAL_STATUSES } from '../api/run.ts';
import type { MaskText } from './define-event.ts';
import { durationMs, text } from './fields.ts';

/** How an attempt or a whole run ended. */
export const outcome = z
  .object({
    status: z.enum(FINAL_STATUSES),
    exitCode: z.number().int().nullable(),
    /** `SIGTERM` and the like, when a signal ended it. */
    signal: text.nullable(),
    durationMs,
    /** One sentence: what happened. */
    reason: text,
    /** What the script wrote to `GITCRON_RESULT_FILE`; null when it wrote nothing. */
    result: text.nullable(),
    /**
     * The end of what it wrote, when it did not succeed: of stderr, else of stdout.
     * Entries of older versions have none.
     */
    error: text.nullable().default(null),
  })
  .readonly();
export type Outcome = z.output<typeof outcome>;

export function maskOutcome(of: Outcome, maskText: MaskText): Outcome {
  const { reason, result, error } = of;
  return {
    ...of,
    reason: maskText(reason),
    result: result === null ? null : maskText(result),
    error: error === null ? null : maskText(error),
  };
}
