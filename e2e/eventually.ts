import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again until there is an answer. Null means "not yet".
 *
 * @throws Error that says what was waited for when the limit is over.
 */
export async function eventually<Value>(
  what: string,
  limitMs: number,
  ask: () => Promise<Value | null>,
): Promise<Value> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > end) throw new Error(`Waited ${limitMs / 1000} s for ${what} in vain.`);
    await delay(300);
  }
}
