import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import type { Source } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

const sourceSchema = z.object({ directory: z.string(), cronFile: z.string() });

export async function writeFollowedSource(volume: StateVolume, source: Source): Promise<void> {
  await writeFileAtomic(volume.followedSource, `${JSON.stringify(source)}\n`);
}

/** The source that the last supervisor of this volume followed; null when none has said so. */
export async function readFollowedSource(volume: StateVolume): Promise<Source | null> {
  try {
    const text = await readFile(volume.followedSource, 'utf8');
    return sourceSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (isAbsence(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}
