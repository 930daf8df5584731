import { rm } from 'node:fs/promises';
import type { EpochMs } from '@gitcron/base/clock';
import type { ReleaseEvent } from '../events.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { sha256, type FileContent } from './content-hash.ts';
import {
  withCrontab,
  type CrontabOptions,
  type ReadCrontab,
  type RunnableRelease,
} from './crontab-file.ts';
import { explainFailure } from './failure.ts';
import { writeInForce } from './in-force.ts';
import { learnOf } from './learn-of.ts';
import { currentRevision, readRelease, writeDescription, type Release } from './release.ts';
import { quoted, shortRevision, type Revision } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';
import { swapLink } from './swap-link.ts';
import { takeCorrectedTime } from './take-corrected-time.ts';

export type ActivationReason = Extract<ReleaseEvent, { type: 'release_activated' }>['reason'];

export interface ActivationOptions<Content> extends CrontabOptions<Content> {
  readonly volume: StateVolume;
  readonly logger: Logger;
  readonly now: () => EpochMs;
  readonly emit: (event: ReleaseEvent) => void;
  /**
   * The release is current; from here on new runs begin in it.
   * `crontab` is null when it says the same as the one before: leave every timer alone.
   */
  readonly onActivated: (release: Release, crontab: Content | null) => void;
  /** No release is current any more: nothing of what was is to begin, and nothing to be made up for. */
  readonly onWithdrawn: () => void;
}

/** Which release is current, and the one way to change it. */
export class Activation<Content> {
  readonly #options: ActivationOptions<Content>;
  #current: Release | null = null;
  #crontabHash: string | null = null;
  /** Null while one is current. */
  withoutReleaseSince: EpochMs | null;

  constructor(options: ActivationOptions<Content>) {
    this.#options = options;
    this.withoutReleaseSince = options.now();
  }

  get current(): Release | null {
    return this.#current;
  }

  /**
   * At a start: goes on with the release that was current before, without waiting for the source.
   * @param isWanted whether it may go on.
   */
  async resume(isWanted: (release: Release) => boolean): Promise<void> {
    const { volume, logger } = this.#options;
    const revision = await currentRevision(volume);
    if (revision === null) return;
    const release = await readRelease(volume, revision);
    if (release === null) {
      logger.warn(`Release ${shortRevision(revision)} was current but is damaged or gone.`);
      return;
    }
    if (!isWanted(release)) return this.withdraw();
    try {
      await this.activate(await withCrontab(release, this.#options), 'start');
    } catch (error) {
      logger.error(
        errorFields(explainFailure(error, volume.root)),
        `Release ${shortRevision(revision)} can no longer be used.`,
      );
    }
  }

  /**
   * Swaps `current`, tells what is in force, and hands the release on.
   * @throws system errors.
   */
  async activate(
    { release, crontab }: RunnableRelease<Content>,
    reason: ActivationReason,
  ): Promise<void> {
    const { volume, now } = this.#options;
    let { description } = release;
    if (reason !== 'start') {
      const activatedAt = now();
      await takeCorrectedTime(volume, activatedAt);
      description = (await readRelease(volume, release.name.revision))?.description ?? description;
      const { followedAt: before, activatedAt: beforeAll } = description;
      const followedAt = reason === 'rollback' ? (before ?? beforeAll) : activatedAt;
      description = { ...description, activatedAt, followedAt };
      // The link is the truth and comes last: while the disk is full, nothing has changed.
      await writeDescription(volume, description);
      await swapLink(volume.current, release.directory);
    }
    await this.#tellInForce(release, crontab.file);
    this.#handOn({ ...release, description }, crontab, reason);
  }

  /** What the source says now of the commit that is current. */
  async learn(revision: Revision): Promise<void> {
    const release = this.#current;
    if (release?.name.revision !== revision.id) return;
    this.#current = (await learnOf(release, revision, this.#options.volume)) ?? release;
  }

  /** Nothing is current any more: no job of the release starts again. */
  async withdraw(): Promise<void> {
    const { volume, now, onWithdrawn } = this.#options;
    // The jobs first: they must not go on because of a disk that cannot be written.
    this.#current = null;
    this.#crontabHash = null;
    this.withoutReleaseSince = now();
    onWithdrawn();
    await rm(volume.current, { force: true });
  }

  /**
   * These files only tell of what is in force, and are mended at the next start: a disk that is
   * full must not keep jobs from running.
   */
  async #tellInForce(release: Release, crontab: FileContent): Promise<void> {
    const { volume, logger } = this.#options;
    try {
      await writeInForce(volume, release, crontab);
    } catch (error) {
      logger.warn(
        errorFields(explainFailure(error, volume.root)),
        'The files that tell what is in force could not be written; the release runs all the same.',
      );
    }
  }

  #handOn(release: Release, crontab: ReadCrontab<Content>, reason: ActivationReason): void {
    const { logger, now, emit, onActivated } = this.#options;
    const crontabHash = sha256(crontab.file.bytes);
    const isSameSchedule = crontabHash === this.#crontabHash;
    this.#current = release;
    this.#crontabHash = crontabHash;
    this.withoutReleaseSince = null;
    const { revision, subject } = release.name;
    logger.info(
      { release: revision, reason },
      `Release ${shortRevision(revision)}${quoted(subject)} is current (${reason}).`,
    );
    onActivated(release, isSameSchedule ? null : crontab.content);
    emit({ type: 'release_activated', at: now(), release: release.name, reason });
  }
}
