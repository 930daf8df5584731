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
 * For the one who obeys it: a damaged one is set aside, and its last good copy holds. Where there is no
 * copy a rollback must not end by that, and no later commit wait for somebody: the release that is
 * current is pinned, as if it had been gone back to now.
 * @param now which release is current, and which revision the source shows.
 * @throws CodedError GITCRON_E_PIN where that cannot be written.
 */
export async function takePin(
  volume: StateVolume,
  logger: Logger,
  now: { readonly current: string | null; readonly shown: string | null },
): Promise<Pin | null> {
  const file = pinFile(volume, complainTo(logger));
  const pin = file.read();
  if (pin !== null || !file.isDamaged) return pin;
  const { current, shown } = now;
  if (current === null) {
    await file.remove();
    return null;
  }
  const standing = { release: current, until: shown };
  // What the source shows may not be seen for a moment.
  if (shown !== null) await writePin(volume, standing);
  return standing;
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

/** @throws CodedError GITCRON_E_PIN: it is not known whether there was a rollback. */
function noneOf(file: StateFile<Pin>, { pin }: StateVolume): null {
  if (!file.isDamaged) return null;
  throw new CodedError('GITCRON_E_PIN', 'The file that pins a release cannot be read.', {
    place: pin,
    hint: `The release that is current stays until the source shows another revision. gitcron rollback writes the file anew; or delete ${pin} and ${pin}.damaged to follow the source again.`,
  });
}
