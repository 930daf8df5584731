import { z } from 'zod';
import { iso } from './instant.ts';

export const RELEASE_STATUSES = ['noticed', 'active', 'inactive', 'rejected'] as const;

/** What helps to mend a commit that was not made a release. */
export const rejectionView = z.object({
  place: z.string().nullable().describe('file and line, as far as it has one: app/crontab.txt:28'),
  hint: z.string().nullable(),
  output: z.array(z.string()).describe('the first and the last lines of what the install wrote'),
});

const ms = z.number().nullable();

/** A commit as the record knows it, also one that never became a release. */
export const revisionView = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  dependencyHash: z.string().nullable(),
  status: z.enum(RELEASE_STATUSES),
  noticedAt: iso,
  activatedAt: iso.nullable(),
  rejectedAt: iso.nullable(),
  rejectedCode: z.string().nullable(),
  rejectedReason: z.string().nullable(),
  rejection: rejectionView
    .extend({ willRetry: z.boolean().describe('it was to be tried again by itself') })
    .nullable()
    .describe('null: it was not rejected, or that is not remembered'),
  previous: z.string().nullable().describe('the revision published before it; null: not known'),
  changes: z
    .object({
      added: z.int(),
      modified: z.int(),
      deleted: z.int(),
      commits: z.int().nullable().describe('null: its history could not be had'),
    })
    .nullable()
    .describe('how many files it changed since `previous`; null: not known'),
  syncMs: ms.describe(
    'how long it took to fetch and publish it; null: other commits came too soon after it',
  ),
  installMs: ms.describe('how long its dependencies took; null: they were there, or it has none'),
  activationMs: ms.describe('from when it was noticed until it was current, with its install'),
});
export type RevisionView = z.output<typeof revisionView>;

/** Something that happened, or that somebody did. */
export const eventView = z.object({
  at: iso,
  type: z.string(),
  revision: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
