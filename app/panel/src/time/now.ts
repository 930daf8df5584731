import { useSyncExternalStore } from 'react';

const waiting = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const tell of waiting) tell();
}

function subscribe(tell: () => void): () => void {
  waiting.add(tell);
  timer ??= setInterval(tick, 1000);
  return () => {
    waiting.delete(tell);
    if (waiting.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/**
 * The time, for what says "12 s ago": one clock for the page.
 * @param stepMs how fine it has to be; nothing is drawn anew in between.
 */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => {
    // A page that was opened long after this file was read must not begin in the past.
    if (timer === null) now = Date.now();
    return Math.floor(now / stepMs) * stepMs;
  });
}
