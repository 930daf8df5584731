import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { readStateFile } from '../state/state-file.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields, type Logger } from '@gitcron/base/log';
import type { Job } from './job.ts';

const fileSchema = z.record(
  z.string(),
  z.object({ enabled: z.boolean(), at: z.int(), by: z.string() }),
);

/** Somebody's word on whether a job is scheduled; it stands above the crontab's `@disabled`. */
export type JobSwitch = z.output<typeof fileSchema>[string];

/**
 * Jobs that somebody enabled or disabled. A file of the state volume, so that it survives
 * restarts and works while the database is away.
 */
export interface JobSwitches {
  get(slug: string): JobSwitch | null;
  /**
   * @param change null gives the word back to the crontab.
   * @throws CodedError GITCRON_E_SWITCH_WRITE when it cannot be written down; then nothing changes.
   */
  set(slug: string, change: JobSwitch | null): Promise<void>;
  apply(job: Job): Job;
}

/** Switches of jobs that no crontab names any more; the oldest go first. */
const MAX_SWITCHES = 10_000;

export function openJobSwitches(file: string, logger: Logger): JobSwitches {
  const saved = readStateFile(file, fileSchema, (error) => {
    logger.error(errorFields(error), `Cannot read ${file}: jobs are enabled as the crontab says`);
  });
  let switches: ReadonlyMap<string, JobSwitch> = new Map(Object.entries(saved ?? {}));
  let writing: Promise<void> = Promise.resolve();
  return {
    get: (slug) => switches.get(slug) ?? null,
    async set(slug, change) {
      writing = writing
        .catch(() => {})
        .then(async () => {
          const changed = withSwitch(switches, slug, change);
          await write(file, changed);
          switches = changed;
        });
      await writing;
    },
    apply(job) {
      const change = switches.get(job.slug);
      if (change === undefined) return job;
      return { ...job, settings: { ...job.settings, disabled: !change.enabled } };
    },
  };
}

function withSwitch(
  switches: ReadonlyMap<string, JobSwitch>,
  slug: string,
  change: JobSwitch | null,
): ReadonlyMap<string, JobSwitch> {
  const changed = new Map(switches);
  changed.delete(slug);
  if (change !== null) changed.set(slug, change);
  for (const oldest of changed.keys()) {
    if (changed.size <= MAX_SWITCHES) break;
    changed.delete(oldest);
  }
  return changed;
}

async function write(file: string, switches: ReadonlyMap<string, JobSwitch>): Promise<void> {
  try {
    await writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(switches), null, 2)}\n`);
  } catch (cause) {
    throw new CodedError(
      'GITCRON_E_SWITCH_WRITE',
      'The job stays as it is: this cannot be written down.',
      {
        place: file,
        hint: 'Free disk space on the state volume and try again.',
        cause,
      },
    );
  }
}
