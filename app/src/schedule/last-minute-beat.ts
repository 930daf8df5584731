import type { Clock, EpochMs } from '@gitcron/base/clock';

export interface SchedulerHealth {
  /** False when no beat has come for so long that slots are being missed. */
  readonly beating: boolean;
  readonly lastBeatAt: EpochMs | null;
}

/** A beat that is this late means that the event loop hangs or what beats is gone. */
const OVERDUE_MS = 150_000;

/** Keeps when the last minute beat was. */
export class LastMinuteBeat {
  readonly #clock: Clock;
  #last: { readonly at: EpochMs; readonly monotonic: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(): void {
    this.#last = { at: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  health(): SchedulerHealth {
    const last = this.#last;
    const beating = last !== null && this.#clock.monotonic() - last.monotonic < OVERDUE_MS;
    return { beating, lastBeatAt: last?.at ?? null };
  }
}
