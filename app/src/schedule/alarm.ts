import type { Clock, EpochMs, Timer } from '@gitcron/base/clock';
import { MOST_AHEAD_MS } from './job.ts';

/**
 * A timer may come more than a millisecond late, a processor that has gone to sleep takes its time to
 * wake, and so does code that nobody has used for hours. All of that is over when the instant comes.
 */
const AHEAD_MS = 3;

/** What firing one of a crowd takes. */
const EACH_MS = 0.05;

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
  readonly #onWake: (until: EpochMs) => void;
  #timer: Timer | null = null;

  /** @param onWake called with the instant up to which everything is to be done: it may be a little ahead. */
  constructor(clock: Clock, onWake: (until: EpochMs) => void) {
    this.#clock = clock;
    this.#onWake = onWake;
  }

  /** Waits for what comes next, in the place of what it waited for before. */
  set({ first, crowd, prepareAt }: Next): void {
    this.cancel();
    const aheadMs = Math.min(AHEAD_MS + Math.ceil(crowd * EACH_MS), MOST_AHEAD_MS);
    const next = Math.min(first - aheadMs, prepareAt);
    if (!Number.isFinite(next)) return;
    const delayMs = Math.max(Math.ceil(next - this.#clock.now()), 0);
    this.#timer = this.#clock.after(delayMs, () => {
      const now = this.#clock.now();
      this.#onWake(first - now <= aheadMs ? Math.max(first, now) : now);
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
