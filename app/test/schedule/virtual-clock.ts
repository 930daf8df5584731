import type { Clock, EpochMs } from '@gitcron/base/clock';

interface Armed {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that a test moves, sets and suspends. */
export class VirtualClock implements Clock {
  #wall: EpochMs;
  #monotonic = 0;
  #armed: Armed[] = [];
  /** How early timers fire, as Node's sometimes do. */
  earlyMs = 0;
  timersArmed = 0;

  constructor(start: string) {
    this.#wall = Date.parse(start);
  }

  now(): EpochMs {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  stayAwakeUntil(instant: EpochMs): void {
    const ms = Math.max(instant - this.#wall, 0);
    this.#wall += ms;
    this.#monotonic += ms;
  }

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const early = delayMs > this.earlyMs ? this.earlyMs : 0;
    const armed = { due: this.#monotonic + delayMs - early, callback };
    this.#armed.push(armed);
    this.timersArmed += 1;
    return { cancel: () => void (this.#armed = this.#armed.filter((other) => other !== armed)) };
  }

  /** Lets time pass, with every timer on time. */
  pass(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const next = this.#armed.toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#move(Math.max(next.due - this.#monotonic, 0));
      this.#armed = this.#armed.filter((armed) => armed !== next);
      next.callback();
    }
    this.#move(end - this.#monotonic);
  }

  passUntil(iso: string): void {
    this.pass(Date.parse(iso) - this.#wall);
  }

  /** The event loop hangs: time passes, timers come late. */
  stall(ms: number): void {
    this.#move(ms);
    this.pass(0);
  }

  /** Somebody sets the clock, or the machine sleeps: the monotonic clock knows nothing of it. */
  set(byMs: number): void {
    this.#wall += byMs;
  }

  #move(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }
}
