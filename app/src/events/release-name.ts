import { z } from 'zod';
import type { MaskText } from './define-event.ts';
import { revision, text } from './fields.ts';

/** The commit that a release was made from, as the log, the record and the API name it. */
export const releaseName = z
  .object({
    revision,
    subject: text,
    author: text,
    /** The hash of manifest and lockfile; null when the repository has no manifest. */
    dependencyHash: text.nullable(),
  })
  .readonly();
export type ReleaseName = z.output<typeof releaseName>;

export function maskRelease(release: ReleaseName, maskText: MaskText): ReleaseName {
  const { subject, author } = release;
  return { ...release, subject: maskText(subject), author: maskText(author) };
}
