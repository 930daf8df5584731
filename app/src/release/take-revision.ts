import pRetry from 'p-retry';
import type { ReleaseEvent } from '../events.ts';
import { whole } from '../log.ts';
import { quoted } from './activation.ts';
import { prepareRelease, type PrepareOptions } from './prepare.ts';
import type { Release } from './release.ts';
import { shortRevision, type Revision } from './revision.ts';
import { isTransient } from './transient.ts';

export interface TakeOptions extends PrepareOptions {
  readonly emit: (event: ReleaseEvent) => void;
  /** Milliseconds between the tries of a passing failure: doubled each time, with jitter. */
  readonly backOff: { readonly minTimeout: number; readonly maxTimeout: number };
}

/** From five seconds to ten minutes, for as long as the failure is a passing one. */
export const BACK_OFF = { minTimeout: 5000, maxTimeout: 600_000 };

/**
 * Prepares a revision, again and again while only something passing is in its way.
 * @returns null when it is rejected: the reason has been told, and only a new revision helps.
 * @throws the signal's reason when a newer revision takes its place.
 */
export async function takeRevision(
  revision: Revision,
  current: Release | null,
  options: TakeOptions,
  signal: AbortSignal,
): Promise<Release | null> {
  const { logger, emit, now } = options;
  const id = shortRevision(revision.id);
  emit({ type: 'revision_noticed', at: now(), revision: revision.id });
  const by = revision.author === '' ? '' : ` by ${revision.author}`;
  logger.info({ revision: revision.id }, `New revision ${id}${quoted(revision.subject)}${by}.`);

  const reject = (error: unknown, consequence: string, willRetry: boolean) => {
    const stays = current
      ? `${shortRevision(current.name.revision)} stays current`
      : 'there is no earlier release to run';
    logger.error(
      { ...whole(error), revision: revision.id },
      `Revision ${id} is rejected${consequence}; ${stays}.`,
    );
    const reason = error instanceof Error ? error.message : String(error);
    const code =
      error instanceof Error && 'code' in error ? String(error.code) : 'GITCRON_E_PREPARE';
    emit({ type: 'revision_rejected', at: now(), revision: revision.id, code, reason, willRetry });
  };

  try {
    return await pRetry(() => prepareRelease(revision, options, signal), {
      ...options.backOff,
      retries: Number.POSITIVE_INFINITY,
      factor: 2,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => !signal.aborted && isTransient(error),
      onFailedAttempt: ({ error, retryDelay }) => {
        if (signal.aborted || !isTransient(error)) return;
        reject(error, ` for now, next try in ${Math.ceil(retryDelay / 1000)} s`, true);
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    reject(error, '', false);
    return null;
  }
}
