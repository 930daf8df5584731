import { setTimeout as pause } from 'node:timers/promises';
import { TestRunner } from 'vitest';

/** Of a hook, which has no test's. */
const HOOK_LIMIT_MS = 60_000;

/** So that the test ends with what was waited for, not with its own limit. */
const AHEAD_MS = 1000;

type Nothing = false | null | undefined | void;

/**
 * Looks again and again until there is something: anything but false, null and undefined. A look that
 * throws has found nothing. The limit is there for failures only.
 * @param what was waited for, for the message of a failure; the look itself where it says enough.
 * @param limitMs where it is left out: as long as the test may take.
 */
export async function until<Found>(
  look: () => Found | Nothing | Promise<Found | Nothing>,
  what: string | (() => string) = () => String(look),
  limitMs = (TestRunner.getCurrentTest()?.timeout ?? HOOK_LIMIT_MS) - AHEAD_MS,
): Promise<Found> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (isFound(found)) return found;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > giveUpAt) {
      const text = typeof what === 'string' ? what : what();
      throw new Error(`not seen within ${Math.round(limitMs)} ms: ${text}`, { cause });
    }
    await pause(20);
  }
}

function isFound<Found>(found: Found | Nothing): found is Found {
  return found !== false && found !== null && found !== undefined;
}
