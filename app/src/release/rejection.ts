import { CodedError, causesOf } from '@gitcron/base/coded-error';
import type { EpochMs } from '@gitcron/base/clock';
import type { ReleaseEvent } from '../events.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { inertLine } from './dependencies/inert-line.ts';
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
  readonly place: string | null;
  readonly hint: string | null;
  /** Of an install that failed: the first and the last lines of what it wrote. */
  readonly output: readonly string[];
  /** When it was rejected first. */
  readonly since: EpochMs;
  /** How often it was tried. */
  readonly tries: number;
  /** When it is tried again without a new revision; null when it is not. */
  readonly nextTryAt: EpochMs | null;
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
  #since: EpochMs | null = null;

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

  forNow(thrown: unknown, tries: number, waitMs: number): void {
    const { logger, now } = this.#options;
    const rejected = this.#rejected(thrown, tries, now() + waitMs);
    const next = `next try in ${inWords(waitMs)}`;
    if (identityOf(rejected) === this.#told) {
      this.#onRejected(rejected);
      const id = shortRevision(this.#revision.id);
      logger.warn(`Try ${tries} of revision ${id} failed for the same reason; ${next}.`);
    } else {
      this.#tell(thrown, rejected, ` for now (tried ${times(tries)}, ${next})`);
    }
  }

  forGood(thrown: unknown, tries: number): void {
    const gaveUp = tries > 1 ? ` (tried ${times(tries)}; it is not tried again)` : '';
    this.#tell(thrown, this.#rejected(thrown, tries, null), gaveUp);
  }

  #rejected(thrown: unknown, tries: number, nextTryAt: EpochMs | null): RejectedRevision {
    const { id: revision, subject } = this.#revision;
    const reason = describe(explainFailure(thrown, this.#options.volume.root));
    this.#since ??= this.#options.now();
    return { revision, subject, ...reason, since: this.#since, tries, nextTryAt };
  }

  #tell(thrown: unknown, rejected: RejectedRevision, consequence: string): void {
    const { logger, emit, now, volume } = this.#options;
    this.#told = identityOf(rejected);
    const { revision, code, reason, place, hint, output, nextTryAt } = rejected;
    const error = explainFailure(thrown, volume.root);
    logger.error(
      { ...errorFields(error), revision },
      `Revision ${shortRevision(revision)} is rejected${consequence}; ${this.#stays}.`,
    );
    for (const line of output) logger.warn(`  | ${line}`);
    this.#onRejected(rejected);
    const willRetry = nextTryAt !== null;
    const told = { revision, code, reason, place, hint, output, willRetry };
    emit({ type: 'revision_rejected', at: now(), ...told });
  }
}

/** A sentence may be the same where its cause is another one. */
function describe(
  error: unknown,
): Pick<RejectedRevision, 'code' | 'reason' | 'place' | 'hint' | 'output'> {
  const { place = null, hint = null } = error instanceof CodedError ? error : {};
  const output = error instanceof InstallError ? error.output.map((line) => inertLine(line)) : [];
  if (!(error instanceof Error)) {
    return { code: 'GITCRON_E_PREPARE', reason: String(error), place, hint, output };
  }
  const code = 'code' in error ? String(error.code) : 'GITCRON_E_PREPARE';
  const causes = causesOf(error).map((cause) => ` (${cause})`);
  return { code, reason: error.message + causes.join(''), place, hint, output };
}

/** Two failures with the same one are the same: what is new in each try, such as a directory, is left out. */
function identityOf({ code, reason }: RejectedRevision): string {
  return `${code} ${reason.replaceAll(NEW_EACH_TIME, '$1')}`;
}

const NEW_EACH_TIME = /(\.unfinished-|\/tmp\/|git-clone)[\w.-]+/g;

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function inWords(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
