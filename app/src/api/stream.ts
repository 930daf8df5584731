import { z } from 'zod';
import { needView } from './need.ts';
import { runSummaryView } from './run.ts';

/**
 * The events of the house's stream, by name, with their data. `output` and `end` are besides those
 * of a run's own stream.
 */
export const houseEvents = {
  reset: z.object({}).describe('what happened before is not known: read anew'),
  run: runSummaryView.describe('as it is now'),
  job: z.object({ slug: z.string() }).describe('it was switched or acknowledged'),
  jobs: z.object({}).describe('another schedule is in force'),
  release: z.object({ revision: z.string() }).describe('it was noticed, made current or rejected'),
  needs: z.object({ needs: z.array(needView) }).describe('what needs somebody now'),
};
export type HouseEventName = keyof typeof houseEvents;
