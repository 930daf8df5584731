import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { STATE_FILES } from '../state/inventory.ts';
import { complainTo, StateFile, type Complain } from '../state/state-file.ts';
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
export type Pin = Readonly<z.output<typeof pinSchema>>;

/** For those who only show it. @throws CodedError GITCRON_E_PIN */
export async function readPin(volume: StateVolume): Promise<Pin | null> {
  const file = pinFile(volume);
  return file.peek() ?? noneOf(file, volume);
}

/**
 * For the one who obeys it: a damaged one is set aside, and its last good copy holds.
 * @throws CodedError GITCRON_E_PIN where there is no copy: a rollback must not end by that.
 */
export async function takePin(volume: StateVolume, logger: Logger): Promise<Pin | null> {
  const file = pinFile(volume, complainTo(logger));
  return file.read() ?? noneOf(file, volume);
}

/** @throws CodedError GITCRON_E_PIN */
export async function writePin(volume: StateVolume, pin: Pin): Promise<void> {
  try {
    await pinFile(volume).write(pin);
  } catch (cause) {
    throw new CodedError('GITCRON_E_PIN', 'The release cannot be pinned.', {
      place: volume.pin,
      hint: 'Ask as the user whom the supervisor runs as, and see that the disk has room.',
      cause,
    });
  }
}

export async function removePin(volume: StateVolume): Promise<void> {
  await pinFile(volume).remove();
}

function pinFile(volume: StateVolume, complain: Complain = () => {}): StateFile<Pin> {
  return new StateFile({ path: volume.pin, entry: STATE_FILES.pin, schema: pinSchema, complain });
}

function noneOf(file: StateFile<Pin>, { pin }: StateVolume): null {
  if (!file.isDamaged) return null;
  throw new CodedError('GITCRON_E_PIN', 'The file that pins a release cannot be read.', {
    place: pin,
    hint: `The current release stays. gitcron rollback writes the file anew; or delete ${pin} and ${pin}.damaged to follow the source again.`,
  });
}
