import { isDeepStrictEqual } from 'node:util';
import { compareJobs } from '../compare-jobs.ts';
import type { Job } from '../job.ts';
import { findRenamings, type Renaming } from './renamed-jobs.ts';

export interface CrontabDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly JobChange[];
  /** Their old names are among the removed ones, and their new ones among those added. */
  readonly renamed: readonly Renaming[];
}

export interface JobChange {
  readonly job: string;
  readonly scheduleBefore: string;
  readonly scheduleAfter: string;
  readonly commandBefore: string;
  readonly commandAfter: string;
  /** Null for a schedule that has no zone. */
  readonly zoneBefore: string | null;
  readonly zoneAfter: string | null;
  /** Its `@` settings differ. */
  readonly settingsChange: boolean;
  /** Its `@param` lines differ. */
  readonly paramsChange: boolean;
  /** The variables above it differ. */
  readonly variablesChange: boolean;
}

/** The jobs that differ between two crontabs, by slug, in the order of the files. */
export function compareCrontabs(before: readonly Job[], after: readonly Job[]): CrontabDifference {
  const old = new Map(before.map((job) => [job.slug, job]));
  const current = new Map(after.map((job) => [job.slug, job]));
  return {
    added: after.flatMap(({ slug }) => (old.has(slug) ? [] : slug)),
    removed: before.flatMap(({ slug }) => (current.has(slug) ? [] : slug)),
    changed: after.flatMap((job) => {
      const previous = old.get(job.slug);
      if (previous === undefined || compareJobs(previous, job) === 'same') return [];
      return {
        job: job.slug,
        scheduleBefore: previous.schedule.source,
        scheduleAfter: job.schedule.source,
        commandBefore: previous.command,
        commandAfter: job.command,
        zoneBefore: zoneOf(previous),
        zoneAfter: zoneOf(job),
        settingsChange: !isDeepStrictEqual(previous.settings, job.settings),
        paramsChange: !isDeepStrictEqual(previous.params, job.params),
        variablesChange: !isDeepStrictEqual(previous.environment, job.environment),
      };
    }),
    renamed: findRenamings(before, after),
  };
}

export function zoneOf({ schedule }: Job): string | null {
  return schedule.kind === 'cron' ? schedule.zone : null;
}
