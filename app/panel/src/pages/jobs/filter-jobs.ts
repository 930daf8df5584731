import type { JobView } from '../../../../src/api/job.ts';
import { isFailure } from '../../marks/status-words.ts';

export const FILTERS = ['all', 'failing', 'running', 'disabled'] as const;
export type JobFilter = (typeof FILTERS)[number];

const IS: Readonly<Record<JobFilter, (job: JobView) => boolean>> = {
  all: () => true,
  failing: isFailing,
  running: ({ running }) => running > 0,
  disabled: ({ enabled }) => !enabled,
};

/** Its last run that is over failed, and nobody has seen to it. */
export function isFailing({ last, acknowledged }: JobView): boolean {
  return last !== null && isFailure(last.status) && acknowledged?.runId !== last.id;
}

export function countsOf(jobs: readonly JobView[]): Readonly<Record<JobFilter, number>> {
  const count = (filter: JobFilter): number => jobs.filter((job) => IS[filter](job)).length;
  return {
    all: jobs.length,
    failing: count('failing'),
    running: count('running'),
    disabled: count('disabled'),
  };
}

export function filterJobs(
  jobs: readonly JobView[],
  filter: JobFilter,
  text: string,
): readonly JobView[] {
  const wanted = text.trim().toLowerCase();
  return jobs.filter((job) => IS[filter](job) && (wanted === '' || wordsOf(job).includes(wanted)));
}

function wordsOf({ slug, title, section, description, command }: JobView): string {
  return [slug, title, section ?? '', description, command].join('\n').toLowerCase();
}
