import { toRelease, writeDescription, type Release } from './release.ts';
import type { Revision } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

/**
 * Takes into a release's description what the source says now of its commit: whose it is, and the
 * subject of one that was published without its description.
 * @returns the release as it is described now; null when there was nothing to learn.
 */
export async function learnOf(
  { directory, description }: Release,
  revision: Revision,
  volume: StateVolume,
): Promise<Release | null> {
  const isNamed = description.subject !== '' || revision.subject === '';
  // What is shown is of what is followed, also where nobody can say what that is.
  const { repository } = revision;
  if (isNamed && repository === description.repository) return null;
  const { subject, author } = isNamed ? description : revision;
  const learned = { ...description, subject, author, repository };
  await writeDescription(volume, learned);
  return toRelease(directory, learned);
}
