import { useState } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import { filterJobs, type JobFilter } from './filter-jobs.ts';

export const ORDERS = ['crontab', 'name', 'next run', 'last run', 'duration'] as const;
export type JobOrder = (typeof ORDERS)[number];

export interface JobChoice {
  readonly filter: JobFilter;
  readonly text: string;
  readonly order: JobOrder;
}

/** What has none of it comes last. */
const LAST = Number.POSITIVE_INFINITY;

const NUMBERS: Readonly<Record<Exclude<JobOrder, 'crontab' | 'name'>, (job: JobView) => number>> = {
  'next run': ({ nextSlots: [next], enabled }) =>
    next === undefined || !enabled ? LAST : Date.parse(next),
  'last run': ({ last }) => (last === null ? LAST : -Date.parse(last.queuedAt)),
  duration: ({ lately }) => (lately?.usualMs == null ? LAST : -lately.usualMs),
};

export function orderJobs(jobs: readonly JobView[], order: JobOrder): readonly JobView[] {
  if (order === 'crontab') return jobs;
  if (order === 'name') return jobs.toSorted((a, b) => a.title.localeCompare(b.title));
  const numberOf = NUMBERS[order];
  return jobs.toSorted((a, b) => {
    const [left, right] = [numberOf(a), numberOf(b)];
    return left === right ? 0 : left - right;
  });
}

/**
 * The jobs as they were chosen, each as it is now: what happens while one reads moves no row and takes
 * none away. Another choice, or another crontab, orders them anew.
 */
export function useChosenJobs(jobs: readonly JobView[], choice: JobChoice): readonly JobView[] {
  const key = JSON.stringify([choice, jobs.map(({ slug }) => slug)]);
  const [held, setHeld] = useState({ key: '', slugs: new Array<string>() });
  const current = held.key === key ? held : { key, slugs: slugsOf(jobs, choice) };
  if (current !== held) setHeld(current);
  const bySlug = new Map(jobs.map((job) => [job.slug, job]));
  return current.slugs.flatMap((slug) => bySlug.get(slug) ?? []);
}

function slugsOf(jobs: readonly JobView[], { filter, text, order }: JobChoice): string[] {
  return orderJobs(filterJobs(jobs, filter, text), order).map(({ slug }) => slug);
}
