import { settingFacts, wholeNumber } from '@gitcron/base/environment';
import { z } from 'zod';

const mebibytes = (min: number, max: number) => wholeNumber({ min, max, unit: 'MiB' });

/** The settings of the record, by the names of the environment. */
export const recordSettings = {
  /** The supervisor's own database; jobs never see it. */
  GITCRON_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'expected postgres://USER:PASSWORD@HOST/DATABASE' })
    .register(settingFacts, { secret: 'inside' })
    .optional(),
  JOURNAL_LIMIT_MB: mebibytes(16, 1_000_000).default(512),
  RUN_OUTPUT_LIMIT_MB: mebibytes(1, 1024).default(2),
  KEEP_RUNS_DAYS: wholeNumber({ min: 1, max: 36_500, unit: 'days' }).default(90),
  KEEP_RUNS_PER_JOB: wholeNumber({ min: 1, max: 100_000_000, unit: 'runs' }).default(10_000),
  KEEP_OUTPUT_MB: mebibytes(1, 100_000_000).default(1024),
  SECRET_ENV: z
    .string()
    .transform((list) => list.split(/[\s,]+/).filter((name) => name !== ''))
    .default([]),
};
