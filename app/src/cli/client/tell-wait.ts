import { setTimeout as delay } from 'node:timers/promises';

/** From then on a person wonders. */
const WONDERS_AFTER_MS = 1500;

/** An answer that somebody looks forward to. */
export type WithWaitTold = <Answer>(answer: Promise<Answer>) => Promise<Answer>;

/**
 * Says, once, what one waits for where an answer takes long: a supervisor answers at once what it knows
 * itself, so that all that takes long is the database.
 * @param isThere asks the supervisor something that it knows itself.
 */
export function tellWait(isThere: () => Promise<boolean>): WithWaitTold {
  let isTold = false;

  async function tell(signal: AbortSignal): Promise<void> {
    await delay(WONDERS_AFTER_MS, undefined, { signal });
    if (isTold) return;
    isTold = true;
    const found = await isThere();
    if (signal.aborted) return;
    console.error(
      found
        ? 'Waiting for the database, which has not answered yet. Jobs run all the same.'
        : 'Waiting for the supervisor, which has not answered yet.',
    );
  }

  return async (answer) => {
    const over = new AbortController();
    tell(over.signal).catch(() => {});
    try {
      return await answer;
    } finally {
      over.abort();
    }
  };
}
