import type { Job, Schedule } from '../job.ts';
import { nearestWord } from '../nearest-word.ts';
import { ScheduleError } from '../schedule-error.ts';
import type { Findings } from './problem.ts';

type Following = Job & { readonly schedule: Extract<Schedule, { kind: 'after' }> };

/** Jobs in a ring that a sentence names. */
const NAMED = 5;

/** So often a name is compared with all others: a crontab may have 20,000. */
const SUGGESTIONS = 5;

/** What jobs follow must be there, and must not follow them in turn. */
export function checkFollowing(jobs: readonly Job[], findings: Findings): void {
  const bySlug = new Map(jobs.map((job) => [job.slug, job]));
  const slugs = [...bySlug.keys()];
  let unknown = 0;
  for (const job of jobs.filter(isFollowing)) {
    const followed = bySlug.get(job.schedule.job);
    if (findings.full) return;
    if (followed === undefined) {
      unknown += 1;
      findings.add(job.line, notThere(job, unknown > SUGGESTIONS ? [] : slugs));
    } else if (followed.settings.disabled && !job.settings.disabled) {
      findings.warn(
        job.line,
        'GITCRON_W_AFTER_DISABLED',
        `${job.slug} follows ${followed.slug}, which is disabled: it runs only when somebody starts that.`,
        `Enable ${followed.slug}, or disable ${job.slug}, too.`,
      );
    }
  }
  for (const ring of rings(bySlug)) {
    const [first] = ring;
    if (first !== undefined) findings.add(first.line, goesRound(ring));
  }
}

function isFollowing(job: Job): job is Following {
  return job.schedule.kind === 'after';
}

/** Each ring of jobs that follow each other once, from its first line on, in the order of the runs. */
function rings(bySlug: ReadonlyMap<string, Job>): Job[][] {
  const found: Job[][] = [];
  const seen = new Set<string>();
  for (const start of bySlug.values()) {
    // Every job follows at most one, so the way back is a line, or ends in a ring.
    const way: Job[] = [];
    let job: Job | undefined = start;
    while (job !== undefined && !seen.has(job.slug)) {
      seen.add(job.slug);
      way.push(job);
      job = job.schedule.kind === 'after' ? bySlug.get(job.schedule.job) : undefined;
    }
    const begin = job === undefined ? -1 : way.indexOf(job);
    if (begin !== -1) found.push(fromFirstLine(way.slice(begin).toReversed()));
  }
  return found;
}

function fromFirstLine(ring: readonly Job[]): Job[] {
  const first = Math.min(...ring.map(({ line }) => line));
  const index = ring.findIndex(({ line }) => line === first);
  return [...ring.slice(index), ...ring.slice(0, index)];
}

function notThere({ schedule }: Following, slugs: readonly string[]): ScheduleError {
  const near = nearestWord(schedule.job, slugs);
  return new ScheduleError('GITCRON_E_CRONTAB_AFTER', `There is no job ${schedule.job}.`, {
    column: 1,
    expected: `the name of a job of this crontab behind ${schedule.source.split(' ')[0] ?? ''}`,
    hint:
      near === null
        ? 'gitcron check lists the names; # @name above a job gives it one that stays.'
        : `Did you mean ${near}?`,
  });
}

function goesRound(ring: readonly Job[]): ScheduleError {
  const names = ring.map(({ slug }) => slug);
  const shown = names.length > NAMED ? [...names.slice(0, NAMED), '…'] : names;
  const [first = ''] = names;
  return new ScheduleError(
    'GITCRON_E_CRONTAB_AFTER',
    names.length === 1
      ? `${first} follows itself.`
      : `These jobs would follow each other for ever: ${[...shown, first].join(' → ')}.`,
    {
      column: 1,
      expected: 'a chain that begins with a schedule, @reboot or @manual',
      hint: 'Give one of them a schedule, or @manual, in the place of @after.',
    },
  );
}
