import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';

/**
 * A timer may come more than a millisecond late, and a processor that has gone to sleep takes
 * milliseconds to wake, for which every one of a crowd waits: so we do not sleep for the last few.
 */
const CROWD = 10;
const AWAKE_MS = { before: 2, beforeCrowd: 5 };

/** What comes next. */
export interface Next {
  /** The first instant at which something is due. */
  readonly first: EpochMs;
  /** How many are due then. */
  readonly crowd: number;
  /** When something has to be prepared. */
  readonly prepareAt: EpochMs;
}

/** One timer, however many slots there are: they are many at one instant, and few instants. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onWake: () => void;
  #timer: Timer | null = null;

  constructor(clock: Clock, onWake: () => void) {
    this.#clock = clock;
    this.#onWake = onWake;
  }

  /** Waits for what comes next, in the place of what it waited for before. */
  set({ first, crowd, prepareAt }: Next): void {
    this.cancel();
    const awakeMs = crowd >= CROWD ? AWAKE_MS.beforeCrowd : AWAKE_MS.before;
    const next = Math.min(first - awakeMs, prepareAt);
    if (!Number.isFinite(next)) return;
    const delayMs = Math.max(Math.ceil(next - this.#clock.now()), 0);
    this.#timer = this.#clock.after(delayMs, () => {
      if (first - this.#clock.now() <= awakeMs) this.#clock.stayAwakeUntil(first);
      this.#onWake();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
