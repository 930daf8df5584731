import { EARLIEST_RIGHT_TIME, type EpochMs } from '@gitcron/base/clock';
import { listReleases, writeDescription, type ReleaseDescription } from './release.ts';
import type { StateVolume } from './state-volume.ts';

/**
 * Releases that were made while the clock was ahead would be the newest for ever, and a rollback would
 * pass them over: they take the time before `now`, in the order they have.
 */
export async function takeCorrectedTime(volume: StateVolume, now: EpochMs): Promise<void> {
  if (now < EARLIEST_RIGHT_TIME) return;
  const ahead = (await listReleases(volume))
    .map(({ description }) => description)
    .filter((description) => latestOf(description) > now)
    .toSorted((a, b) => latestOf(b) - latestOf(a));
  for (const [place, description] of ahead.entries()) {
    const corrected = <Time extends number | null>(time: Time) =>
      time !== null && time > now ? now - 1 - place : time;
    await writeDescription(volume, {
      ...description,
      preparedAt: corrected(description.preparedAt),
      activatedAt: corrected(description.activatedAt),
      followedAt: corrected(description.followedAt),
    });
  }
}

function latestOf({ preparedAt, activatedAt, followedAt }: ReleaseDescription): EpochMs {
  return Math.max(preparedAt, activatedAt ?? 0, followedAt ?? 0);
}
