import { whole } from '../log.ts';
import { Activation, type ActivationOptions } from './activation.ts';
import { isInForce, nextStep, type Step } from './next-step.ts';
import { readPin, removePin } from './pin.ts';
import { pruneReleases, removeUnfinished } from './prune.ts';
import { readRelease, type Release } from './release.ts';
import { readRevision, shortRevision, type Revision } from './revision.ts';
import { createStateVolume } from './state-volume.ts';
import { takeRevision, type TakeOptions } from './take-revision.ts';
import { watchSource } from './watch-source.ts';

export interface FollowOptions extends TakeOptions, ActivationOptions {
  readonly sourceDirectory: string;
  readonly pollMs: number;
  /** How many releases to keep. */
  readonly keep: number;
  /** Revisions that runs still work in. */
  readonly revisionsInUse: () => ReadonlySet<string>;
}

/**
 * The life of every commit: notice → prepare → activate or reject. The release that was current
 * before stays so until its successor is whole.
 *
 * Decisions are made one after the other; a preparation goes on between them and is given up
 * when a later decision makes it pointless.
 */
export class SourceFollower {
  readonly #options: FollowOptions;
  readonly #activation: Activation;
  /** The revision last taken up: being prepared, activated or rejected. */
  #considered: string | null = null;
  #decisions: Promise<void> = Promise.resolve();
  #preparation: Promise<void> = Promise.resolve();
  #superseded = new AbortController();
  #unwatch: () => Promise<void> = async () => {};
  #stopped = false;
  /** What was said last about having nothing to run, so that it is said once. */
  #complaint = '';

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#activation = new Activation(options);
  }

  /** Makes current what was current before, then follows the source. */
  async start(): Promise<void> {
    const { volume, install, sourceDirectory, cronFile, pollMs, logger } = this.#options;
    await createStateVolume(volume);
    await removeUnfinished(volume, install.user);
    await this.#activation.resume();
    this.#considered = this.current?.name.revision ?? null;
    this.#unwatch = await watchSource({
      directory: sourceDirectory,
      cronFile,
      pin: volume.pin,
      pollMs,
      logger,
      look: () => this.look(),
    });
    this.look();
  }

  get current(): Release | null {
    return this.#activation.current;
  }

  /** Looks for a new revision or a rollback. Cheap when there is nothing new. */
  look(): void {
    this.#decisions = this.#decisions.then(async () => {
      if (this.#stopped) return;
      try {
        await this.#decide();
      } catch (error) {
        const { logger, sourceDirectory } = this.#options;
        this.#complain(String(error), () =>
          logger.error(
            whole(error),
            `Cannot read the source ${sourceDirectory}; it is tried again.`,
          ),
        );
      }
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#unwatch();
    this.#superseded.abort();
    await Promise.all([this.#decisions, this.#preparation]);
  }

  async #decide(): Promise<void> {
    const { volume, sourceDirectory, cronFile } = this.#options;
    const revision = await readRevision({ directory: sourceDirectory, cronFile });
    const pin = await readPin(volume);
    const current = this.current?.name.revision ?? null;
    if (pin !== null && !isInForce(pin, revision)) await removePin(volume);
    await this.#do(nextStep({ revision, pin, current, considered: this.#considered }), revision);
  }

  async #do(step: Step, revision: Revision | null): Promise<void> {
    switch (step.kind) {
      case 'stay':
        return;
      case 'wait':
        return this.#wait();
      case 'roll_back':
        await this.#supersede();
        this.#considered = revision?.id ?? null;
        return this.#rollBack(step.release);
      case 'take':
        await this.#supersede();
        this.#complaint = '';
        this.#considered = step.revision.id;
        this.#preparation = this.#take(step.revision, this.#superseded.signal);
    }
  }

  /** Gives up what is being prepared, and returns when nothing of it goes on. */
  async #supersede(): Promise<void> {
    this.#superseded.abort();
    await this.#preparation;
    this.#superseded = new AbortController();
  }

  async #take(revision: Revision, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    try {
      const release = await takeRevision(revision, this.current, this.#options, signal);
      if (release === null || signal.aborted) return;
      await this.#activation.activate(release, 'new revision');
      await this.#prune();
    } catch (error) {
      if (signal.aborted) {
        logger.info(`Revision ${shortRevision(revision.id)} is given up for a newer decision.`);
      } else {
        logger.error(
          whole(error),
          `Revision ${shortRevision(revision.id)} could not be activated.`,
        );
      }
    }
  }

  async #rollBack(revision: string): Promise<void> {
    const { volume, logger } = this.#options;
    const release = await readRelease(volume, revision);
    if (release === null) {
      logger.error(`Cannot roll back: there is no release ${shortRevision(revision)} any more.`);
      await removePin(volume);
      return;
    }
    await this.#activation.activate(release, 'rollback');
    logger.info('It is pinned until the source shows another revision.');
  }

  async #prune(): Promise<void> {
    const { volume, keep, revisionsInUse, logger } = this.#options;
    const pin = await readPin(volume);
    const spared = [this.current?.name.revision, pin?.release];
    const inUse = new Set([...revisionsInUse(), ...spared.filter((id) => id !== undefined)]);
    const deleted = await pruneReleases({ volume, keep, inUse });
    if (deleted.length > 0)
      logger.info(`Deleted old releases: ${deleted.map(shortRevision).join(', ')}.`);
  }

  #wait(): void {
    const { sourceDirectory, cronFile, logger } = this.#options;
    this.#complain('waiting', () =>
      logger.info(
        `Waiting for code: ${sourceDirectory} has neither a link "current" nor a file ${cronFile} yet.`,
      ),
    );
  }

  #complain(about: string, say: () => void): void {
    if (this.#complaint === about) return;
    this.#complaint = about;
    say();
  }
}
