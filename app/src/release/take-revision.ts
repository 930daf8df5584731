import pRetry from 'p-retry';
import { isTransient } from './failure.ts';
import { prepareRelease, type PrepareOptions } from './prepare.ts';
import { Rejection, type RejectionConsequences } from './rejection.ts';
import type { Release } from './release.ts';
import { quoted, shortRevision, type Revision } from '../sync/revision.ts';

export interface TakeOptions extends PrepareOptions {
  /** Milliseconds between the tries of a passing failure: doubled each time, with jitter. */
  readonly backOff: { readonly minTimeout: number; readonly maxTimeout: number };
}

/** From five seconds to ten minutes, for as long as the failure is a passing one. */
export const BACK_OFF = { minTimeout: 5000, maxTimeout: 600_000 };

/** What happens to a revision besides being prepared. */
export interface Consequences extends RejectionConsequences {
  readonly activate: (release: Release) => Promise<void>;
}

/**
 * Prepares a revision and activates it, again and again while only something passing is in its
 * way. When it is rejected, the reason has been told, and only a new revision helps.
 *
 * @returns whether it is current now.
 * @throws the signal's reason when a newer decision takes its place.
 */
export async function takeRevision(
  revision: Revision,
  consequences: Consequences,
  options: TakeOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { logger, emit, now } = options;
  const by = revision.author === '' ? '' : ` by ${revision.author}`;
  logger.info(
    { revision: revision.id },
    `New revision ${shortRevision(revision.id)}${quoted(revision.subject)}${by}.`,
  );
  emit({ type: 'revision_noticed', at: now(), revision: revision.id });
  const rejection = new Rejection(revision, consequences, options);
  let isActive = false;
  const attempt = async () => {
    const release = await prepareRelease(revision, options, signal);
    signal.throwIfAborted();
    await consequences.activate(release);
    isActive = true;
  };
  try {
    await pRetry(attempt, {
      ...options.backOff,
      retries: Number.POSITIVE_INFINITY,
      factor: 2,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: ({ error, attemptNumber, retryDelay }) => {
        if (isTransient(error)) rejection.forNow(error, attemptNumber, retryDelay);
      },
    });
    return true;
  } catch (error) {
    // Too late to give it up.
    if (isActive) return true;
    signal.throwIfAborted();
    rejection.forGood(error);
    return false;
  }
}
