import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import type { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { StandingConnection } from '../database/standing-connection.ts';
import { loginOf, withDatabase } from './login.ts';
import { LoginMender } from './mend-login.ts';
import { ownSettings, stillShared, trouble } from './tell-login.ts';
import { tryLogin, type LoginOutcome, type Obstacle } from './try-login.ts';

/** A job that is locked out waits no longer for its next try. */
const LOOK_EVERY_MS = 15_000;

/** Many sessions may hold the locks together; each try ends one. */
const TRIES = 50;

export interface WatchLoginOptions {
  /** Our own way into the server. */
  readonly ourUrl: string;
  /** What jobs are given. */
  readonly scriptsUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Jobs are to be given this one from now on. */
  readonly onUrl: (url: string) => void;
}

/** Jobs cannot log in to their database. */
export interface LockedOut {
  readonly since: EpochMs;
  /** Why, and what is to be done. */
  readonly error: CodedError;
}

/**
 * Sees that jobs can log in to their database: their role can change its own password and
 * settings, and use up its connections and the server's locks, and Postgres forbids none of it. What
 * our role may undo is undone, all of it is told, once, and so is its end.
 */
export class LoginWatch {
  readonly #options: WatchLoginOptions;
  readonly #ours: StandingConnection;
  readonly #ourDatabase: string;
  #url: string;
  #mender: LoginMender;
  #timer: Timer | null = null;
  #isStopped = false;
  #shut: (LockedOut & { readonly obstacle: Obstacle }) | null = null;
  #settings = '';

  constructor(options: WatchLoginOptions) {
    this.#options = options;
    this.#url = options.scriptsUrl;
    this.#ourDatabase = loginOf(options.ourUrl).database;
    this.#ours = new StandingConnection(options.ourUrl, 'gitcron: can jobs log in?');
    this.#mender = new LoginMender(this.#ours, loginOf(this.#url));
  }

  /** Looks at once, then again and again. Settles after the first look, whatever came of it. */
  start(): Promise<void> {
    const looked = this.look();
    void looked.then(() => {
      if (this.#isStopped) return;
      this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => void this.start());
    });
    return looked;
  }

  /** As of the last look; null also while nothing is known. */
  get lockedOut(): LockedOut | null {
    return this.#shut;
  }

  /** Never throws: a database that is away is told by the recorder. */
  look(): Promise<void> {
    return this.#look().catch((error: unknown) => {
      this.#options.logger.debug(errorFields(error), 'the log-in of jobs could not be looked at');
    });
  }

  /** What is under way ends with its connection. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#ours.close();
  }

  async #look(): Promise<void> {
    await this.#returnToOwnDatabase();
    let outcome = await tryLogin(this.#url);
    for (let tries = 0; outcome.kind === 'shut' && tries < TRIES && !this.#isStopped; tries += 1) {
      const { obstacle } = outcome;
      if (obstacle === 'database' && (await this.#useOurDatabase())) return;
      if ((await this.#mend(outcome)) === null) return;
      outcome = await tryLogin(this.#url);
      const isSame = outcome.kind === 'shut' && outcome.obstacle === obstacle;
      if (isSame && obstacle !== 'locks') return;
    }
    if (outcome.kind === 'open') await this.#isOpen();
  }

  /** @returns null when nothing could be done. */
  async #mend(outcome: Extract<LoginOutcome, { kind: 'shut' }>): Promise<string | null> {
    const { clock, logger } = this.#options;
    const { obstacle } = outcome;
    let done: string | null = null;
    let cause: unknown = outcome.cause;
    try {
      done = await this.#mender.mend(obstacle);
    } catch (error) {
      cause = error;
    }
    const error = trouble(obstacle, loginOf(this.#url), done, cause);
    // Each session that was ended is told.
    if (this.#shut?.obstacle !== obstacle || (obstacle === 'locks' && done !== null)) {
      logger.warn(errorFields(error), 'Jobs cannot log in to their database.');
    }
    this.#shut = { obstacle, since: this.#shut?.since ?? clock.now(), error };
    return done;
  }

  async #isOpen(): Promise<void> {
    const { clock, logger } = this.#options;
    if (this.#shut !== null) {
      const seconds = Math.round((clock.now() - this.#shut.since) / 1000);
      logger.info(`Jobs can log in to their database again, after ${seconds} s.`);
      this.#shut = null;
    }
    const settings = (await this.#mender.settings()).join(', ');
    if (settings !== this.#settings && settings !== '') {
      logger.warn(ownSettings(loginOf(this.#url), settings));
    }
    this.#settings = settings;
  }

  /**
   * A volume of before has no database for scripts alone: what they keep is beside the history, and
   * there they go on.
   */
  async #useOurDatabase(): Promise<boolean> {
    const { scriptsUrl, logger } = this.#options;
    const shared = withDatabase(scriptsUrl, this.#ourDatabase);
    if (this.#url !== scriptsUrl || (await tryLogin(shared)).kind !== 'open') return false;
    logger.warn(
      errorFields(stillShared(loginOf(scriptsUrl), this.#ourDatabase)),
      'Scripts share a database with the history.',
    );
    this.#use(shared);
    return true;
  }

  async #returnToOwnDatabase(): Promise<void> {
    const { scriptsUrl } = this.#options;
    if (this.#url === scriptsUrl) return;
    if (await this.#mender.hasDatabase(loginOf(scriptsUrl).database)) this.#use(scriptsUrl);
  }

  #use(url: string): void {
    this.#url = url;
    this.#mender = new LoginMender(this.#ours, loginOf(url));
    this.#options.onUrl(url);
  }
}
