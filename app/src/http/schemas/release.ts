import { z } from 'zod';
import type { Release } from '../../release/release.ts';
import { iso, toIso } from './run.ts';

/** A release that is kept, as `gitcron releases --json` and the API show it. */
export const releaseView = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  dependencyHash: z.string().nullable(),
  preparedAt: iso,
  activatedAt: iso.nullable(),
  current: z.boolean(),
  pinned: z.boolean(),
});
export type ReleaseView = z.output<typeof releaseView>;

export function viewRelease(
  { name, description }: Release,
  current: string | null,
  pinned: string | null,
): ReleaseView {
  const { revision, subject, author, dependencyHash } = name;
  return {
    revision,
    subject,
    author,
    dependencyHash,
    preparedAt: toIso(description.preparedAt),
    activatedAt: toIso(description.activatedAt),
    current: revision === current,
    pinned: revision === pinned,
  };
}
