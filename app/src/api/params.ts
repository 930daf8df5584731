import { z } from 'zod';

/** Whoever nests deeper is after our stack. */
const MAX_LEVELS = 100;

/** What "Try it out" of the documentation sends: it invents parameters where nothing says that none will do. */
export const NO_PARAMS = { examples: [{}] };

/** Parameters of a run, as they come in. */
export const paramsBody = z
  .record(z.string(), z.unknown())
  .refine((params) => !isDeeper(params, MAX_LEVELS), `is nested deeper than ${MAX_LEVELS} levels`);

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}
