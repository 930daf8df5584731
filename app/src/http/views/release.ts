import { toIso } from '../../api/instant.ts';
import type { ReleaseView } from '../../api/release.ts';
import type { Release } from '../../release/release.ts';

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
