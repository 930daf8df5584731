import { errorFields } from '@gitcron/base/error-fields';
import { mendReleases, type MendOptions } from './mend-release.ts';
import { readPin } from './pin.ts';
import { pruneReleases } from './prune.ts';
import type { Release } from './release.ts';
import { shortRevision } from '../sync/revision.ts';

export interface PruneOldOptions extends MendOptions {
  /** How many releases to keep. */
  readonly keep: number;
  /** Revisions that runs still work in. */
  readonly revisionsInUse: () => ReadonlySet<string>;
}

/** Deletes old releases, but for what is current, pinned or in use. Never throws: it can be done later. */
export async function pruneOld(options: PruneOldOptions, current: Release | null): Promise<void> {
  const { volume, keep, revisionsInUse, logger } = options;
  try {
    // What is not described needs no dependencies, as far as pruning can see.
    await mendReleases(options);
    const pin = await readPin(volume);
    const spared = [current?.name.revision, pin?.release].filter((id) => id !== undefined);
    const inUse = new Set([...revisionsInUse(), ...spared]);
    const deleted = await pruneReleases({ volume, keep, inUse });
    if (deleted.length > 0)
      logger.info(`Deleted old releases: ${deleted.map(shortRevision).join(', ')}.`);
  } catch (error) {
    logger.warn(errorFields(error), 'Old releases could not be deleted; it is tried again later.');
  }
}
