import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import { eventSchema, revision, text } from './fields.ts';
import { JOB_SOURCES } from './job-source.ts';
import { replaceJobs } from './storing/replace-jobs.ts';

/** A job as the record knows it: what the crontab in force says. */
const jobDescription = z
  .object({
    slug: text,
    description: text,
    command: text,
    /** As written in the crontab: `0 2 * * *`, `@every 30s`. */
    schedule: text,
    /** Null for a schedule that has no zone, such as `@every`. */
    zone: text.nullable(),
    disabled: z.boolean(),
    /** Counted from 1. */
    line: z.number().int(),
  })
  .readonly();
export type JobDescription = z.output<typeof jobDescription>;

/** The schedule of one source was replaced by that of a crontab. `schedule-and-run.ts` tells. */
export const scheduleReplaced = defineEvent({
  type: 'schedule_replaced',
  schema: eventSchema('schedule_replaced', {
    // What was written by a Gitcron of before says nothing of it: there was only one.
    source: z.enum(JOB_SOURCES).default('repository'),
    /** Null when a plain crontab is run without a repository. */
    revision: revision.nullable(),
    /** Every job of the crontab, not only those that changed. */
    jobs: z.array(jobDescription).readonly(),
  }),
  mask(event, maskText) {
    const jobs = event.jobs.map((job) => ({
      ...job,
      description: maskText(job.description),
      command: maskText(job.command),
    }));
    return { ...event, jobs };
  },
  storing: {
    kind: 'single',
    store: replaceJobs,
    detail: ({ source, jobs }) => ({ source, jobs: jobs.length }),
  },
});
