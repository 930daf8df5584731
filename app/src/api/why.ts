import { z } from 'zod';
import { evidence, MOST_EVIDENCE } from './evidence.ts';
import { iso } from './instant.ts';
import { plannedJob } from './plan.ts';
import { packageChange, releaseDiff } from './release-diff.ts';

const params = z.record(z.string(), z.unknown()).nullable();

/** What the evidence comes to. */
export const FINDINGS = [
  'own',
  'shared',
  'outside',
  'others',
  'nothing',
  'not_known',
  'never_succeeded',
] as const;

/** Why a run did not succeed, as far as it shows: what is different from when the job last did. */
export const whyView = z.object({
  id: z.uuid(),
  job: z.string(),
  sentence: z.string(),
  finding: z
    .enum(FINDINGS)
    .describe(
      'the weight of the first evidence; or that there is none, or none until it began to fail so; or that it is not known, without a success to compare with or because too little is remembered',
    ),
  evidence: z
    .array(evidence)
    .max(MOST_EVIDENCE)
    .describe('what changed since the last success, what weighs most first'),
  lastSuccess: z
    .object({
      id: z.uuid(),
      job: z.string().describe('another where the job has been renamed since'),
      finishedAt: iso.nullable(),
      durationMs: z.number().nullable(),
      release: z.string().nullable(),
    })
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
    since: iso.nullable().describe('when the first of them was queued'),
    sameError: z.object({
      before: z.int().describe('among the failures of the job before it, 500 at most'),
      firstAt: iso.nullable(),
      lastAt: iso.nullable(),
      alsoBeforeSuccess: z
        .boolean()
        .describe('it came before the last success, too: so before all of this changed'),
    }),
  }),
});
export type WhyView = z.output<typeof whyView>;
