import { z } from 'zod';
import { iso } from './instant.ts';
import { plannedJob } from './plan.ts';
import { packageChange, releaseDiff } from './release-diff.ts';

const params = z.record(z.string(), z.unknown()).nullable();

/** Why a run did not succeed, as far as it shows: what is different from when the job last did. */
export const whyView = z.object({
  id: z.uuid(),
  job: z.string(),
  sentence: z.string(),
  lastSuccess: z
    .object({ id: z.uuid(), finishedAt: iso.nullable(), release: z.string().nullable() })
    .nullable()
    .describe('the last run of the job before it that succeeded; null when none is remembered'),
  changed: z
    .object({
      anything: z
        .boolean()
        .nullable()
        .describe('null: nothing is known to have changed, and not all is known'),
      release: z.object({ from: z.string(), to: z.string() }).nullable(),
      commits: releaseDiff.shape.commits.describe('null: not remembered'),
      files: releaseDiff.shape.files.describe('null: not remembered'),
      line: z
        .object({ from: plannedJob, to: plannedJob })
        .nullable()
        .describe(
          "this job's, with its settings and its environment; null: the same, or not remembered",
        ),
      command: z.object({ from: z.string(), to: z.string() }).nullable(),
      packages: z.array(packageChange).nullable().describe('null: not remembered'),
      params: z.object({ from: params, to: params }).nullable(),
      host: z.object({ from: z.string(), to: z.string() }).nullable(),
    })
    .nullable()
    .describe('null without a success to compare with'),
  failures: z.object({
    inARow: z
      .int()
      .describe('with this one, since the last success; canceled and skipped runs do not count'),
    sameError: z.object({
      before: z.int().describe('among the failures of the job before it, 500 at most'),
      firstAt: iso.nullable(),
      lastAt: iso.nullable(),
    }),
  }),
});
export type WhyView = z.output<typeof whyView>;
