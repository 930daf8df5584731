import prettyMs from 'pretty-ms';
import type { Clock, Timer } from '@gitcron/base/clock';

export const WATCH_EVERY_MS = 5000;

/** Clocks are slewed by small amounts all the time; a step is more. */
const STEP_MS = 1000;

/**
 * Compares the wall clock with the one that never jumps, every few seconds.
 *
 * @param onLook called each time, with how far the wall clock was set ahead (or back, if negative)
 * since the last time; 0 when it runs as it should. Time spent suspended counts as set ahead.
 */
export function startWatchdog(clock: Clock, onLook: (steppedMs: number) => void): { stop(): void } {
  let wall = clock.now();
  let monotonic = clock.monotonic();
  let timer: Timer;
  const look = (): void => {
    const passedMs = clock.monotonic() - monotonic;
    const drift = clock.now() - wall - passedMs;
    wall = clock.now();
    monotonic = clock.monotonic();
    timer = clock.after(WATCH_EVERY_MS, look);
    onLook(Math.abs(drift) >= STEP_MS ? Math.round(drift) : 0);
  };
  timer = clock.after(WATCH_EVERY_MS, look);
  return { stop: () => timer.cancel() };
}

export function clockSetSentence(steppedMs: number): string {
  const direction = steppedMs > 0 ? 'ahead' : 'back';
  const seconds = Math.abs(steppedMs / 1000).toFixed(1);
  return `The clock went ${direction} by ${seconds} s (it was set, or the machine slept): planning anew`;
}

export function awaySentence(awayMs: number, jobs: number, madeUp: number): string {
  const away = prettyMs(awayMs, { secondsDecimalDigits: 0 });
  return `Nothing could be started for ${away}: ${jobs} jobs missed slots, ${madeUp} runs make up for them (@catchup)`;
}
