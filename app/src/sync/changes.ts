import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { absent } from '@gitcron/base/absence';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import { revisionChanges, type RevisionChanges } from '../api/plan.ts';
import { sourceShape, type Source } from './revision.ts';

/** More than git-sync writes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** What git-sync wrote beside a tree of what its commit changed; null when it has not, or never will. */
export async function changesBeside(source: Source, id: string): Promise<RevisionChanges | null> {
  const shape = await sourceShape(source);
  const link = shape === 'volume' ? join(source.directory, 'current') : source.directory;
  const shown = await realpath(link).catch(absent);
  if (shown === null) return null;
  const path = join(dirname(shown), `${id}.changes.json`);
  const content = await readRegularFile(path, MOST_BYTES).catch(noFile);
  if (content === null) return null;
  try {
    return revisionChanges.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return null;
  }
}
