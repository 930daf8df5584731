import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { STATE_FILES } from '../state/inventory.ts';
import { openStateMap, WHEN_UNWRITTEN } from '../state/state-map.ts';

const acknowledgement = z.object({ runId: z.string(), at: z.int(), by: z.string() });

/** Somebody knows of a failed run and has dealt with it. */
export type Acknowledgement = z.output<typeof acknowledgement>;

/**
 * Which failed run of a job somebody has acknowledged, by its slug: the job counts as failing again
 * when another one fails.
 */
export interface Acknowledgements {
  get(slug: string): Acknowledgement | null;
  /** @throws CodedError GITCRON_E_ACKNOWLEDGE_WRITE when it cannot be written; then nothing changes. */
  set(slug: string, acknowledged: Acknowledgement): Promise<void>;
}

export function openAcknowledgements(path: string, logger: Logger): Acknowledgements {
  const all = openStateMap({ path, entry: STATE_FILES.acknowledged, logger }, acknowledgement);
  return {
    get: (slug) => all.get(slug),
    async set(slug, acknowledged) {
      try {
        await all.set(slug, acknowledged);
      } catch (cause) {
        throw new CodedError(
          'GITCRON_E_ACKNOWLEDGE_WRITE',
          'The job still counts as failing: this cannot be written down.',
          { place: path, hint: WHEN_UNWRITTEN, cause },
        );
      }
    },
  };
}
