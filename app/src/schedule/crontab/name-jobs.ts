import type { Job } from '../job.ts';
import { ScheduleError } from '../schedule-error.ts';
import type { Findings } from './problem.ts';
import { assignSlugs, type Slug } from './slug.ts';

/** A job that is still without its slug. */
export interface NamelessJob {
  /** What `@name` says. */
  readonly name: string | null;
  /** What `@title` says. */
  readonly title: string | null;
  readonly job: Omit<Job, 'slug' | 'title'>;
}

/** Gives each job its slug, and tells of names that are taken. */
export function nameJobs(jobs: readonly NamelessJob[], findings: Findings): Job[] {
  const slugs = assignSlugs(
    jobs.map(({ name, job }) => ({ name, command: job.command, schedule: job.schedule.source })),
  );
  warnOfShared(jobs, slugs, findings);
  const lines = new Map<string, number>();
  return jobs.map(({ title, job }, index) => {
    const { slug } = slugs[index] ?? { slug: '' };
    const earlier = lines.get(slug);
    if (earlier !== undefined) findings.add(job.line, slugTwice(slug, earlier));
    lines.set(slug, job.line);
    return { slug, title: title ?? slug, ...job };
  });
}

/** One warning for all jobs that would have the same name. */
function warnOfShared(
  jobs: readonly NamelessJob[],
  slugs: readonly Slug[],
  findings: Findings,
): void {
  const named = jobs.map(({ job }, index) => ({ line: job.line, ...slugs[index] }));
  for (const [base, sharing] of Map.groupBy(named, ({ sharedBase }) => sharedBase)) {
    const [first, ...others] = sharing;
    if (typeof base !== 'string' || first === undefined) continue;
    const shown = sharing.slice(0, 5).map(({ line, slug }) => `${slug} in line ${line}`);
    const more = sharing.length > 5 ? ` and ${sharing.length - 5} more` : '';
    findings.warn(
      first.line,
      'GITCRON_W_SHARED_SLUG',
      others.length === 0
        ? `The name ${base} is taken by another job: this one is called ${first.slug}.`
        : `${sharing.length} jobs would be called ${base}: ${shown.join(', ')}${more}.`,
      'Give each a name of its own: # @name … directly above it.',
    );
  }
}

function slugTwice(slug: string, line: number): ScheduleError {
  return new ScheduleError(
    'GITCRON_E_CRONTAB_SLUG',
    `The name ${slug} is taken by the job in line ${line}.`,
    {
      column: 1,
      expected: 'a name of its own for every job',
      hint: 'Change # @name above one of them.',
    },
  );
}
