import { CodedError } from '@gitcron/base/coded-error';
import { writePin } from './pin.ts';
import { listOwnReleases } from './followed-source.ts';
import { currentRevision, predecessorOf, readRelease, type Release } from './release.ts';
import { readRevision, shortRevision, type Source } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

/**
 * Pins an earlier release; the supervisor obeys as soon as it looks.
 * @param prefix the beginning of its hash; null for the one before the current in the order of the source: again and again, ever further back.
 * @throws CodedError GITCRON_E_NO_RELEASE
 */
export async function pinRelease(
  volume: StateVolume,
  source: Source,
  prefix: string | null,
): Promise<Release> {
  const target = await findTarget(volume, prefix);
  const shown = await readRevision(source);
  await writePin(volume, { release: target.name.revision, until: shown?.id ?? null });
  return target;
}

/** The release that a rollback goes to; see `pinRelease`. @throws CodedError GITCRON_E_NO_RELEASE */
export async function findTarget(volume: StateVolume, prefix: string | null): Promise<Release> {
  const releases = await listOwnReleases(volume);
  const current = await currentRevision(volume);
  if (prefix === null && current !== null && (await readRelease(volume, current)) === null) {
    throw new CodedError(
      'GITCRON_E_NO_RELEASE',
      `The description of the current release, ${shortRevision(current)}, is lost or damaged: which release came before it is not known.`,
      {
        place: volume.releases,
        hint: 'Start the supervisor, which makes it anew; or name the release to go back to (gitcron releases lists them).',
      },
    );
  }
  const [target, another] =
    prefix === null
      ? [predecessorOf(current, releases)]
      : releases.filter(({ name }) => name.revision.startsWith(prefix));
  if (target && another === undefined) return target;
  const which =
    prefix === null ? 'There is no earlier release' : `No single release is "${prefix}"`;
  throw new CodedError('GITCRON_E_NO_RELEASE', `${which} to go back to.`, {
    place: volume.releases,
    hint:
      prefix === null
        ? 'gitcron releases lists those of this repository that are kept.'
        : 'gitcron releases lists those of this repository that are kept; give more digits if two begin alike.',
  });
}

/** Becomes current within so long when a supervisor runs. */
const ROLLBACK_PATIENCE_MS = 10_000;

/** @returns whether the supervisor has made the release current; false when none seems to run. */
export async function becomesCurrent(volume: StateVolume, target: Release): Promise<boolean> {
  const giveUpAt = Date.now() + ROLLBACK_PATIENCE_MS;
  while (Date.now() < giveUpAt) {
    if ((await currentRevision(volume)) === target.name.revision) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
