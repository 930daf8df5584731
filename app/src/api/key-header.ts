import { z } from 'zod';

/** Of each request that starts a run. */
export const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('starts one run, however often it is sent within a day'),
});
