import { stripVTControlCharacters } from 'node:util';
import type { EpochMs } from '@gitcron/base/clock';
import type { ReleaseEvent } from '../events.ts';
import { errorFields, type Logger } from '@gitcron/base/log';
import { InstallError } from './dependencies/install-error.ts';
import { explainFailure } from './failure.ts';
import type { Release } from './release.ts';
import { shortRevision, type Revision } from '../sync/revision.ts';
import type { StateVolume } from './state-volume.ts';

export interface RejectionOptions {
  readonly volume: StateVolume;
  readonly logger: Logger;
  readonly now: () => EpochMs;
  readonly emit: (event: ReleaseEvent) => void;
}

/** A revision that the source shows and that is not made current. */
export interface RejectedRevision {
  readonly revision: string;
  readonly subject: string;
  readonly code: string;
  readonly reason: string;
  /** True when it is tried again without a new revision. */
  readonly willRetry: boolean;
}

/** Whom a rejection concerns. */
export interface RejectionConsequences {
  /** The release that goes on running. */
  readonly current: Release | null;
  readonly onRejected: (rejected: RejectedRevision) => void;
}

/** Tells why a revision does not become current: once for each reason, not once for each try. */
export class Rejection {
  readonly #revision: Revision;
  readonly #stays: string;
  readonly #onRejected: RejectionConsequences['onRejected'];
  readonly #options: RejectionOptions;
  #told = '';

  constructor(
    revision: Revision,
    { current, onRejected }: RejectionConsequences,
    options: RejectionOptions,
  ) {
    this.#revision = revision;
    this.#onRejected = onRejected;
    this.#options = options;
    this.#stays = current
      ? `${shortRevision(current.name.revision)} stays current`
      : 'there is no earlier release to run';
  }

  forNow(thrown: unknown, attempt: number, retryDelayMs: number): void {
    const { logger, volume } = this.#options;
    const next = `next try in ${Math.ceil(retryDelayMs / 1000)} s`;
    const reason = describe(explainFailure(thrown, volume.root));
    if (reason.sentence === this.#told) {
      const id = shortRevision(this.#revision.id);
      logger.warn(`Try ${attempt} of revision ${id} failed for the same reason; ${next}.`);
    } else {
      this.#tell(thrown, ` for now, ${next}`, true);
    }
  }

  forGood(thrown: unknown): void {
    this.#tell(thrown, '', false);
  }

  #tell(thrown: unknown, consequence: string, willRetry: boolean): void {
    const { logger, emit, now, volume } = this.#options;
    const error = explainFailure(thrown, volume.root);
    const { code, sentence } = describe(error);
    this.#told = sentence;
    const revision = this.#revision.id;
    logger.error(
      { ...errorFields(error), revision },
      `Revision ${shortRevision(revision)} is rejected${consequence}; ${this.#stays}.`,
    );
    if (error instanceof InstallError) logOutput(logger, error.output);
    const rejected = { revision, code, reason: sentence, willRetry };
    this.#onRejected({ ...rejected, subject: this.#revision.subject });
    emit({ type: 'revision_rejected', at: now(), ...rejected });
  }
}

function describe(error: unknown): { code: string; sentence: string } {
  if (!(error instanceof Error)) return { code: 'GITCRON_E_PREPARE', sentence: String(error) };
  const code = 'code' in error ? String(error.code) : 'GITCRON_E_PREPARE';
  return { code, sentence: error.message };
}

/** An install runs code of strangers: what it writes must not move the cursor of a terminal. */
function logOutput(logger: Logger, lines: readonly string[]): void {
  for (const line of lines) {
    logger.warn(`  | ${stripVTControlCharacters(line).replaceAll(/\p{Cc}/gu, ' ')}`);
  }
}
