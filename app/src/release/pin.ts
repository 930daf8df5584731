import { readFile, rm } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import { isAbsence } from '@gitcron/base/absence';
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

/** @throws CodedError GITCRON_E_PIN when somebody else has written the file. */
export async function readPin(volume: StateVolume): Promise<Pin | null> {
  try {
    return pinSchema.parse(JSON.parse(await readFile(volume.pin, 'utf8')));
  } catch (error) {
    if (isAbsence(error)) return null;
    throw new CodedError('GITCRON_E_PIN', 'The file that pins a release cannot be read.', {
      place: volume.pin,
      hint: 'Delete it; gitcron rollback writes it anew.',
      cause: error,
    });
  }
}

/** @throws CodedError GITCRON_E_PIN */
export async function writePin(volume: StateVolume, pin: Pin): Promise<void> {
  try {
    await writeFileAtomic(volume.pin, `${JSON.stringify(pin)}\n`);
  } catch (cause) {
    throw new CodedError('GITCRON_E_PIN', 'The release cannot be pinned.', {
      place: volume.pin,
      hint: 'Ask as the user whom the supervisor runs as, and see that the disk has room.',
      cause,
    });
  }
}

export async function removePin(volume: StateVolume): Promise<void> {
  await rm(volume.pin, { force: true });
}
