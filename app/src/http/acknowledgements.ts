import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields, type Logger } from '@gitcron/base/log';
import { readStateFile } from '../state/state-file.ts';

const acknowledgement = z.object({ runId: z.string(), at: z.int(), by: z.string() });
const fileSchema = z.record(z.string(), acknowledgement);

/** Somebody knows of a failed run and has dealt with it. */
export type Acknowledgement = z.output<typeof acknowledgement>;

/**
 * Which failed run of a job somebody has acknowledged, by its slug: the job counts as failing again
 * when another one fails. A file of the state volume, so that it works while the database is away.
 */
export interface Acknowledgements {
  get(slug: string): Acknowledgement | null;
  /** @throws CodedError GITCRON_E_ACKNOWLEDGE_WRITE when it cannot be written; then nothing changes. */
  set(slug: string, acknowledged: Acknowledgement): Promise<void>;
}

/** Of jobs that no crontab names any more; the oldest go first. */
const MOST = 10_000;

export function openAcknowledgements(file: string, logger: Logger): Acknowledgements {
  const saved = readStateFile(file, fileSchema, (error) => {
    logger.error(errorFields(error), `Cannot read ${file}: failed jobs count as not acknowledged`);
  });
  let all: ReadonlyMap<string, Acknowledgement> = new Map(Object.entries(saved ?? {}));
  let writing: Promise<void> = Promise.resolve();
  return {
    get: (slug) => all.get(slug) ?? null,
    async set(slug, acknowledged) {
      writing = writing
        .catch(() => {})
        .then(async () => {
          const others = [...all].filter(([other]) => other !== slug).slice(1 - MOST);
          const changed = new Map([...others, [slug, acknowledged]]);
          await write(file, changed);
          all = changed;
        });
      await writing;
    },
  };
}

async function write(file: string, all: ReadonlyMap<string, Acknowledgement>): Promise<void> {
  try {
    await writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  } catch (cause) {
    throw new CodedError(
      'GITCRON_E_ACKNOWLEDGE_WRITE',
      'The job still counts as failing: this cannot be written down.',
      { place: file, hint: 'Free disk space on the state volume and try again.', cause },
    );
  }
}
