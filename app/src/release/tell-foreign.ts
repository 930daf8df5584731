import type { Logger } from '@gitcron/base/log';
import { isForeign } from './followed-source.ts';
import type { Release } from './release.ts';
import { quoted, shortRevision } from '../sync/revision.ts';

/** @returns whether the release is of another repository than the one that is followed, which it says. */
export function tellForeign(
  release: Release,
  repository: Parameters<typeof isForeign>[1],
  logger: Logger,
): boolean {
  if (!isForeign(release, repository)) return false;
  const { revision, subject } = release.name;
  logger.warn(
    { release: revision, repository },
    `The repository is another one now: ${repository}. Release ${shortRevision(revision)}${quoted(subject)} is of ${release.description.repository}, so none of its jobs starts any more; those that run may end.`,
  );
  return true;
}
