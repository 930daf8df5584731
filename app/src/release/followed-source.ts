import { z } from 'zod';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { STATE_FILES } from '../state/inventory.ts';
import { StateFile, type Complain } from '../state/state-file.ts';
import { explainFailure } from './failure.ts';
import { listReleases, type Release } from './release.ts';
import { isOfAnother, readRepository, type Source } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

const followedSchema = z.object({
  directory: z.string(),
  cronFile: z.string(),
  repository: z.string().nullable().default(null),
});

/** The source, and the repository that it was last known to follow. */
export type FollowedSource = Readonly<z.output<typeof followedSchema>>;

/** What the last supervisor of this volume followed; null when none has said so. */
export async function readFollowedSource(volume: StateVolume): Promise<FollowedSource | null> {
  return followedFile(volume, () => {}).peek();
}

function followedFile(volume: StateVolume, complain: Complain) {
  const entry = STATE_FILES.followedSource;
  return new StateFile({ path: volume.followedSource, entry, schema: followedSchema, complain });
}

/** Whether a release's commit came from another repository than the one that is followed. */
export function isForeign({ description }: Release, repository: string | null): boolean {
  return isOfAnother(description.repository, repository);
}

/** The releases of the repository that is followed, the one activated last first. */
export async function listOwnReleases(volume: StateVolume): Promise<Release[]> {
  const repository = (await readFollowedSource(volume))?.repository ?? null;
  return (await listReleases(volume)).filter((release) => !isForeign(release, repository));
}

/** Knows which repository is followed, also while the source does not say, and after a restart. */
export class RepositoryMemory {
  readonly #source: Source;
  readonly #file: StateFile<FollowedSource>;
  #known: FollowedSource | null = null;

  constructor(volume: StateVolume, source: Source, logger: Logger) {
    this.#source = source;
    this.#file = followedFile(volume, (error, sentence) =>
      logger.warn(errorFields(explainFailure(error, volume.root)), sentence),
    );
  }

  get repository(): string | null {
    return this.#known?.repository ?? null;
  }

  /**
   * Looks at the source, and keeps what is new in it for the commands and the next start.
   * @returns whether it follows another repository than before.
   */
  async look(): Promise<boolean> {
    const { directory, cronFile } = this.#source;
    this.#known ??= this.#file.read();
    const said = await readRepository(this.#source);
    // Another directory that shows nothing yet is not what was followed in the one before.
    const isElsewhere = this.#known !== null && this.#known.directory !== directory;
    const repository = said ?? (isElsewhere ? directory : this.repository);
    const found = { directory, cronFile, repository };
    if (JSON.stringify(found) === JSON.stringify(this.#known)) return false;
    const isAnother = isOfAnother(this.repository, repository);
    this.#known = found;
    await this.#file.keep(found);
    return isAnother;
  }
}
