import { readFile, rm } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from './revision.ts';
import type { StateVolume } from './state-volume.ts';

const pinSchema = z.object({
  /** The release to stay on. */
  release: z.string(),
  /** The revision that the source showed then: the pin holds until it shows another. */
  until: z.string().nullable(),
});

/**
 * A rollback, written by the command and obeyed by the supervisor. It is a file, so it works
 * while the supervisor is down and survives its restart.
 */
export type Pin = z.output<typeof pinSchema>;

export async function readPin(volume: StateVolume): Promise<Pin | null> {
  try {
    return pinSchema.parse(JSON.parse(await readFile(volume.pin, 'utf8')));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

export async function writePin(volume: StateVolume, pin: Pin): Promise<void> {
  await writeFileAtomic(volume.pin, `${JSON.stringify(pin)}\n`);
}

export async function removePin(volume: StateVolume): Promise<void> {
  await rm(volume.pin, { force: true });
}
