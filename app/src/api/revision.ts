import { z } from 'zod';
import { iso } from './instant.ts';

export const RELEASE_STATUSES = ['noticed', 'active', 'inactive', 'rejected'] as const;

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
});

/** Something that happened, or that somebody did. */
export const eventView = z.object({
  at: iso,
  type: z.string(),
  revision: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
