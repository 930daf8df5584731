import { coalesced } from '@gitcron/base/coalesced';
import type { EpochMs } from '@gitcron/base/clock';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import { Activation, type ActivationOptions } from './activation.ts';
import { withCrontab, type RunnableRelease } from './crontab-file.ts';
import { explainFailure } from './failure.ts';
import { isForeign, RepositoryMemory } from './followed-source.ts';
import { endLeftInstall } from './end-left-install.ts';
import { mendRelease, mendReleases } from './mend-release.ts';
import { isInForce, nextStep, type Step } from './next-step.ts';
import { takePin, removePin, type Pin } from './pin.ts';
import { Preparation, type PreparationOptions } from './preparation.ts';
import { isUpToDate } from './prepare.ts';
import type { RejectedRevision } from './rejection.ts';
import { readRelease, type Release } from './release.ts';
import { readRevision, shortRevision, type Revision, type Source } from '../sync/revision.ts';
import { createStateVolume } from './state-volume.ts';
import { removeUnfinished } from './sweep.ts';
import { tellForeign } from './tell-foreign.ts';
import { watchSource } from '../sync/watch-source.ts';

export interface FollowOptions<Content>
  extends PreparationOptions<Content>, ActivationOptions<Content> {
  readonly sourceDirectory: string;
  readonly pollMs: number;
}

/**
 * The life of every commit: notice → prepare → activate or reject. The release that was current
 * before stays so until its successor is whole.
 *
 * Decisions are made one after the other; a preparation goes on between them and is given up
 * when a later decision makes it pointless.
 */
export class SourceFollower<Content> {
  readonly #options: FollowOptions<Content>;
  readonly #activation: Activation<Content>;
  readonly #preparation: Preparation<Content>;
  readonly #source: Source;
  readonly #memory: RepositoryMemory;
  #isStopping = false;
  /** The revision last taken up: being prepared, activated or rejected. */
  #considered: string | null = null;
  #isStale = false;
  readonly #decisions = coalesced(() => this.#decideOrComplain());
  #unwatch: () => Promise<void> = async () => {};
  /** What was said last about having nothing to run, so that it is said once. */
  #complaint = '';

  constructor(options: FollowOptions<Content>) {
    this.#options = options;
    this.#activation = new Activation(options);
    this.#preparation = new Preparation(options, {
      current: () => this.current,
      activate: (release) => this.#activate(release, 'new revision'),
    });
    this.#source = { directory: options.sourceDirectory, cronFile: options.cronFile };
    this.#memory = new RepositoryMemory(options.volume, this.#source, options.logger);
  }

  /** Makes current what was current before. */
  async resume(): Promise<void> {
    const { volume, install, logger } = this.#options;
    await createStateVolume(volume);
    await endLeftInstall(install.user, logger);
    await mendReleases(this.#options);
    await removeUnfinished(volume);
    await this.#memory.look();
    await this.#activation.resume((release) => !this.#tellForeign(release));
    await this.#judgeResumed();
  }

  /** Follows the source from now on. */
  async start(): Promise<void> {
    const { volume, pollMs, logger } = this.#options;
    this.#unwatch = await watchSource({
      source: this.#source,
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

  get withoutReleaseSince(): EpochMs | null {
    return this.#activation.withoutReleaseSince;
  }

  /** What the source shows in vain; null once something else is decided. */
  get rejected(): RejectedRevision | null {
    return this.#preparation.rejected;
  }

  /**
   * Tries once more what was rejected for good: somebody asks for it.
   * @returns whether there is such a revision.
   */
  tryAgain(): boolean {
    if (!this.#preparation.forgetRejected()) return false;
    this.#considered = null;
    this.look();
    return true;
  }

  /** Looks for a new revision or a rollback. Cheap when there is nothing new. */
  look(): void {
    void this.#decisions.run();
  }

  /** Gives up what is being prepared; no process of it is left when this resolves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#preparation.stop();
    await this.#unwatch();
    await this.#decisions.settled();
    await this.#preparation.ended();
  }

  /** The release of another Node or another PACKAGE_FILE goes on, until it is made again. */
  async #judgeResumed(): Promise<void> {
    const release = this.current;
    if (release === null) return;
    this.#isStale = !(await isUpToDate(release, this.#options));
    if (!this.#isStale) this.#considered = release.name.revision;
  }

  async #decideOrComplain(): Promise<void> {
    if (this.#isStopping) return;
    try {
      await this.#decide();
    } catch (error) {
      this.#complain(String(error), () =>
        this.#options.logger.error(
          errorFields(explainFailure(error, this.#options.volume.root)),
          'Cannot find out what to run; it is tried again.',
        ),
      );
    }
  }

  async #decide(): Promise<void> {
    const revision = await readRevision(this.#source);
    if (await this.#memory.look()) await this.#startOver();
    if (revision !== null) await this.#activation.learn(revision);
    if (this.current !== null && this.#tellForeign(this.current)) await this.#activation.withdraw();
    const pin = await this.#pin(revision);
    const situation = {
      revision,
      pin,
      current: this.current?.name.revision ?? null,
      isStale: this.#isStale,
      considered: this.#considered,
      isPreparing: this.#preparation.isUnderWay,
    };
    await this.#do(nextStep(situation), revision);
  }

  /** Nothing of another repository is gone back to, whoever pinned it when it was followed. */
  async #pin(revision: Revision | null): Promise<Pin | null> {
    const { volume } = this.#options;
    const pin = await takePin(volume, this.#options.logger, {
      current: this.current?.name.revision ?? null,
      shown: revision?.id ?? null,
    });
    if (pin === null) return null;
    const pinned = await readRelease(volume, pin.release);
    const isForeignNow = pinned !== null && isForeign(pinned, this.#memory.repository);
    if (isInForce(pin, revision) && !isForeignNow) return pin;
    await removePin(volume);
    return null;
  }

  #tellForeign(release: Release): boolean {
    return tellForeign(release, this.#memory.repository, this.#options.logger);
  }

  /** What is being prepared, or was rejected, is of the repository of before. */
  async #startOver(): Promise<void> {
    await this.#preparation.supersede('the repository is another one now');
    this.#considered = null;
    this.#isStale = false;
    this.#complaint = '';
  }

  async #do(step: Step, revision: Revision | null): Promise<void> {
    switch (step.kind) {
      case 'stay':
        return;
      case 'wait':
        return this.#wait();
      case 'keep':
        await this.#preparation.supersede('the current release is to stay');
        this.#considered = revision?.id ?? null;
        return;
      case 'roll_back':
        await this.#preparation.supersede('somebody rolls back');
        // When the pin goes, what the source shows is taken again.
        this.#considered = null;
        return this.#rollBack(step.release);
      case 'take':
        await this.#preparation.supersede('a newer one is there');
        this.#complaint = '';
        this.#considered = step.revision.id;
        this.#preparation.begin(step.revision);
    }
  }

  async #activate(
    release: RunnableRelease<Content>,
    why: 'new revision' | 'rollback',
  ): Promise<void> {
    await this.#activation.activate(release, why);
    this.#isStale = false;
  }

  async #rollBack(revision: string): Promise<void> {
    const { volume, logger } = this.#options;
    const release =
      (await readRelease(volume, revision)) ?? (await mendRelease(revision, this.#options));
    if (release === null) {
      const error = new CodedError(
        'GITCRON_E_NO_RELEASE',
        `Cannot roll back: there is no release ${shortRevision(revision)} any more.`,
        { place: volume.releases, hint: 'gitcron releases lists those that there are.' },
      );
      logger.error(errorFields(error), 'The rollback is dropped.');
      await removePin(volume);
      return;
    }
    await this.#activate(await withCrontab(release, this.#options), 'rollback');
    logger.info('It is pinned until the source shows another revision.');
  }

  #wait(): void {
    const { repository } = this.#memory;
    const { directory, cronFile } = this.#source;
    const awaited =
      repository === null
        ? `code to appear in ${directory}: a link “current”, or the file ${cronFile}.`
        : `the first commit of ${repository}; if it does not come, git-sync says why.`;
    this.#complain('waiting', () => this.#options.logger.info(`Waiting for ${awaited}`));
  }

  #complain(about: string, say: () => void): void {
    if (this.#complaint === about) return;
    this.#complaint = about;
    say();
  }
}
