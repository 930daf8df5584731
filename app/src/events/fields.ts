import { z } from 'zod';

/** Beyond it Postgres and `Date` disagree on how to write a year. */
const YEAR_10000 = 253_402_300_800_000;

/** An instant, `EpochMs`. */
export const at = z.number().min(0).max(YEAR_10000);
export const text = z.string();
/** The full commit hash, or `dir-<hash>` for a plain directory. */
export const revision = z.string();
/** UUID version 7: sorts by the time it was made. */
export const runId = z.uuid();
export const count = z.number().int().nonnegative();
export const durationMs = z.number();

/** What every event says, and what this kind says besides. */
export function eventSchema<const Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  shape: Shape,
) {
  return z.object({ type: z.literal(type), at, ...shape });
}
