import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { RunnableRelease } from './crontab-file.ts';
import { pruneOld, type PruneOldOptions } from './prune-old.ts';
import type { RejectedRevision } from './rejection.ts';
import type { Release } from './release.ts';
import { shortRevision, type Revision } from '../sync/revision.ts';
import { takeRevision, type TakeOptions } from './take-revision.ts';

export interface PreparationOptions<Content> extends TakeOptions<Content>, PruneOldOptions {}

/** What a preparation needs to know of, and changes in, the rest. */
export interface Surroundings<Content> {
  readonly current: () => Release | null;
  readonly activate: (release: RunnableRelease<Content>) => Promise<void>;
}

/**
 * The revision that is being made current, one at a time: prepared beside the decisions, given up when
 * a later one makes it pointless, and remembered when it was rejected.
 */
export class Preparation<Content> {
  readonly #options: PreparationOptions<Content>;
  readonly #surroundings: Surroundings<Content>;
  readonly #stopping = new AbortController();
  #rejected: RejectedRevision | null = null;
  #isUnderWay = false;
  #ended: Promise<void> = Promise.resolve();
  #superseded = new AbortController();
  #supersededBecause = '';

  constructor(options: PreparationOptions<Content>, surroundings: Surroundings<Content>) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** What the source shows in vain; null once something else is decided. */
  get rejected(): RejectedRevision | null {
    return this.#rejected;
  }

  /** @returns whether something was rejected for good, which is forgotten now. */
  forgetRejected(): boolean {
    if (this.#rejected?.nextTryAt !== null) return false;
    this.#rejected = null;
    return true;
  }

  /** Goes on by itself; call `supersede` before the next one. */
  begin(revision: Revision): void {
    this.#ended = this.#takeBeside(revision);
  }

  /** Gives up what is being prepared, and returns when nothing of it goes on. */
  async supersede(why: string): Promise<void> {
    this.#supersededBecause = why;
    this.#superseded.abort();
    await this.#ended;
    this.#superseded = new AbortController();
    this.#rejected = null;
  }

  /** From now on nothing is prepared to its end. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when nothing goes on. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Nobody waits for it who could be told what went wrong. */
  async #takeBeside(revision: Revision): Promise<void> {
    try {
      await this.#take(revision);
    } catch (cause) {
      const error = new CodedError(
        'GITCRON_E_TAKE_REVISION',
        `Revision ${shortRevision(revision.id)} could not be taken up; the current release goes on.`,
        {
          place: this.#options.volume.root,
          hint: 'See whether the state volume can be written. Push again, or restart Gitcron, and it is tried again.',
          cause,
        },
      );
      this.#options.logger.error(errorFields(error), 'A revision could not be taken up.');
    }
  }

  async #take(revision: Revision): Promise<void> {
    const { logger } = this.#options;
    const { current, activate } = this.#surroundings;
    const signal = AbortSignal.any([this.#superseded.signal, this.#stopping.signal]);
    const consequences = {
      current: current(),
      activate: async (release: RunnableRelease<Content>) => {
        await activate(release);
        this.#rejected = null;
      },
      onRejected: (rejected: RejectedRevision) => void (this.#rejected = rejected),
    };
    this.#isUnderWay = true;
    try {
      const isActive = await takeRevision(revision, consequences, this.#options, signal);
      if (isActive) await pruneOld(this.#options, current());
    } catch (error) {
      if (!signal.aborted) throw error;
      const why = this.#stopping.signal.aborted ? 'Gitcron stops' : this.#supersededBecause;
      logger.info(`Revision ${shortRevision(revision.id)} is given up: ${why}.`);
    } finally {
      this.#isUnderWay = false;
    }
  }
}
