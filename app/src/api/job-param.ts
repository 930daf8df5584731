import { z } from 'zod';

/** A parameter that runs of a job take. */
export const jobParamView = z.object({
  name: z.string(),
  description: z.string(),
  required: z.boolean().describe('a run is refused without it'),
  default: z.string().nullable().describe('what a run gets that is started without it'),
});
export type JobParamView = z.output<typeof jobParamView>;
