import { z } from 'zod';
import type { Logger } from '@gitcron/base/log';
import type { StateFileEntry } from './inventory.ts';
import { complainTo, StateFile } from './state-file.ts';

/** What to do where `set` fails. */
export const WHEN_UNWRITTEN =
  'Free disk space on the state volume, or see why it cannot be written, and try again.';

/** Of jobs that no crontab names any more; the oldest go first. */
const MOST = 10_000;

/** What somebody said of jobs, by slug, in a file: it works while the database is away. */
export interface StateMap<Said> {
  get(slug: string): Said | null;
  /** Null takes it back. @throws the error of the system call; then nothing changes. */
  set(slug: string, said: Said | null): Promise<void>;
  /** Takes back all that was said of such jobs. @returns their slugs. @throws as `set` does. */
  forget(isMeant: (slug: string) => boolean): Promise<readonly string[]>;
}

export function openStateMap<Said>(
  file: { readonly path: string; readonly entry: StateFileEntry; readonly logger: Logger },
  said: z.ZodType<Said>,
): StateMap<Said> {
  const kept = new StateFile({
    ...file,
    schema: z.object({ jobs: z.record(z.string(), said) }),
    fromForm: { 0: (jobs) => ({ jobs }) },
    complain: complainTo(file.logger),
  });
  let all: ReadonlyMap<string, Said> = new Map(Object.entries(kept.read()?.jobs ?? {}));
  return {
    get: (slug) => all.get(slug) ?? null,
    async set(slug, change) {
      await kept.change(() => {
        const others = [...all].filter(([other]) => other !== slug);
        const changed =
          change === null ? others : [...others.slice(1 - MOST), [slug, change] as const];
        return {
          content: { jobs: Object.fromEntries(changed) },
          onWritten: () => {
            all = new Map(changed);
          },
        };
      });
    },
    async forget(isMeant) {
      const meant = [...all.keys()].filter(isMeant);
      if (meant.length === 0) return [];
      await kept.change(() => {
        const others = [...all].filter(([slug]) => !isMeant(slug));
        return {
          content: { jobs: Object.fromEntries(others) },
          onWritten: () => {
            all = new Map(others);
          },
        };
      });
      return meant;
    },
  };
}
