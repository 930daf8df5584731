import type { EpochMs } from '@gitcron/base/clock';
import type { CrontabWarning } from '../crontab/problem.ts';
import type { Job } from '../job.ts';
import { nextSlotOf, nextSlotsOf } from '../planner.ts';

/** What is doubtful about the times of jobs, seen from now. */
export function scheduleWarnings(
  jobs: readonly Job[],
  file: string,
  now: EpochMs,
): CrontabWarning[] {
  return [...overWarnings(jobs, file, now), ...lockWarnings(jobs, file, now)];
}

function overWarnings(jobs: readonly Job[], file: string, now: EpochMs): CrontabWarning[] {
  return jobs
    .filter(({ schedule, settings }) => schedule.kind === 'cron' && !settings.disabled)
    .filter((job) => nextSlotOf(job, now) === null)
    .map(({ slug, line }) => ({
      code: 'GITCRON_W_OVER',
      message: `The schedule of ${slug} is over: it has no slot after now.`,
      file,
      line,
      hint: 'Change its year, or take the job out.',
    }));
}

/** How many coming slots of each job are compared. */
const COMPARED_SLOTS = 200;

function lockWarnings(jobs: readonly Job[], file: string, now: EpochMs): CrontabWarning[] {
  const warnings: CrontabWarning[] = [];
  const firstIn = new Map<string, Job>();
  for (const job of jobs) {
    const { lock } = job.settings;
    if (lock === null) continue;
    for (const at of nextSlotsOf(job, now, COMPARED_SLOTS)) {
      const minute = `${lock} ${Math.floor(at / 60_000)}`;
      const other = firstIn.get(minute);
      if (other === undefined) firstIn.set(minute, job);
      else if (other !== job) {
        warnings.push({
          code: 'GITCRON_W_SAME_LOCK',
          message: `${job.slug} and ${other.slug} share the lock ${lock} and are due in the same minute (${new Date(at).toISOString()}).`,
          file,
          line: job.line,
          hint: 'The later one waits or is skipped, as its @overlap says. Move one of them by some minutes.',
        });
        break;
      }
    }
  }
  return warnings;
}
