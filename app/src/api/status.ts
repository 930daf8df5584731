import { z } from 'zod';
import { iso } from './instant.ts';
import { needView } from './need.ts';
import { rejectionView } from './revision.ts';

export const statusView = z.object({
  version: z.string(),
  host: z.string(),
  startedAt: iso,
  ready: z.boolean(),
  needs: z.array(needView).describe('what needs somebody; empty when all is well'),
  release: z
    .object({
      revision: z.string(),
      subject: z.string(),
      pinned: z.boolean(),
      rolledBack: z.boolean().describe('a rollback made it current'),
    })
    .nullable(),
  rejected: z
    .object({
      revision: z.string(),
      subject: z.string(),
      reason: z.string(),
      code: z.string(),
      ...rejectionView.shape,
      since: iso.describe('when it was rejected first'),
      willRetry: z.boolean().describe('it is tried again by itself'),
      tries: z.int(),
      nextTryAt: iso.nullable().describe('when it is tried again'),
    })
    .nullable()
    .describe('the newest revision, when it was not made a release'),
  schedule: z.object({
    beating: z.boolean().describe('false: slots are being missed'),
    lastBeatAt: iso.nullable(),
    zone: z.string().describe('of jobs that name none'),
    jobs: z.int(),
    disabled: z.int(),
    failing: z
      .array(z.string())
      .describe(
        'jobs in force whose last run failed, timed out or was lost, and that nobody acknowledged',
      ),
  }),
  runs: z.object({ running: z.int(), queued: z.int() }),
  record: z
    .object({
      lastShippedAt: iso.nullable(),
      prepared: z
        .boolean()
        .describe('false: the database is not brought up to date yet, and nothing is written'),
      journalBytes: z.int().describe('not yet in the database'),
      databaseDown: z.object({ since: iso, reason: z.string() }).nullable(),
      droppedOutputBytes: z.int(),
      lostRuns: z.int(),
    })
    .nullable()
    .describe('null: history is not kept'),
  lockedOut: z
    .object({ since: iso, code: z.string(), reason: z.string(), hint: z.string() })
    .nullable()
    .describe('why jobs cannot log in to their database; null also where it is not on our server'),
  sync: z
    .object({
      state: z.enum(['starting', 'ok', 'failing']),
      repository: z.string(),
      ref: z.string(),
      lastSuccessAt: iso.nullable(),
      failures: z.int(),
      error: z
        .object({
          code: z.string(),
          message: z.string(),
          because: z.array(z.string()).describe('what led to it, in the words of git'),
          hint: z.string(),
        })
        .nullable(),
    })
    .nullable()
    .describe('null: something else than our git-sync fills the source'),
});
export type StatusView = z.output<typeof statusView>;
