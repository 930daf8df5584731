import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { STATE_FILES } from '../state/inventory.ts';
import { openStateMap, WHEN_UNWRITTEN, type StateMap } from '../state/state-map.ts';
import type { Job } from './job.ts';

const jobSwitch = z.object({ enabled: z.boolean(), at: z.int(), by: z.string() });

/** Somebody's word on whether a job is scheduled; it stands above the crontab's `@disabled`. */
export type JobSwitch = z.output<typeof jobSwitch>;

/** Jobs that somebody enabled or disabled. */
export interface JobSwitches extends StateMap<JobSwitch> {
  /**
   * @param change null gives the word back to the crontab.
   * @throws CodedError GITCRON_E_SWITCH_WRITE when it cannot be written down; then nothing changes.
   */
  set(slug: string, change: JobSwitch | null): Promise<void>;
  apply(job: Job): Job;
}

export function openJobSwitches(path: string, logger: Logger): JobSwitches {
  const switches = openStateMap({ path, entry: STATE_FILES.jobSwitches, logger }, jobSwitch);
  return {
    get: (slug) => switches.get(slug),
    forget: (isMeant) => switches.forget(isMeant),
    async set(slug, change) {
      try {
        await switches.set(slug, change);
      } catch (cause) {
        throw new CodedError(
          'GITCRON_E_SWITCH_WRITE',
          'The job stays as it is: this cannot be written down.',
          { place: path, hint: WHEN_UNWRITTEN, cause },
        );
      }
    },
    apply(job) {
      const change = switches.get(job.slug);
      if (change === null) return job;
      return { ...job, settings: { ...job.settings, disabled: !change.enabled } };
    },
  };
}
